"""Look-ups of several requests in one statement.

A statement costs as much as the look-up of dozens of keys. So while one of a kind is under way,
the keys that other requests ask for are gathered, and go together in the next one. Who asks while
none is under way waits for nobody.

Only for what is the same for everybody. A request is given what it asked for, whoever read it, and
it was read after it was asked for: whoever has written something finds it.
"""

import asyncio
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Hashable, Sequence
from enum import Enum, auto
from typing import Any, Final, Generic, TypeAlias, TypeVar

from resolvers.errors import DeadlineExceeded

Key = TypeVar("Key")
Found = TypeVar("Found")
Read: TypeAlias = Callable[[Sequence[Key]], Awaitable[dict[Key, Found]]]

MOST_KEYS: Final = 400
"""A group of so many keys takes no more requests."""

PATIENCE_SECONDS: Final = 0.02
"""So long a group waits for the statement that is under way; then it goes beside it."""


class Combined(Generic[Key, Found]):
    """One kind of look-up, for all requests of a process; `under_way` counts its statements."""

    __slots__ = ("_groups", "_patience", "under_way")

    def __init__(self, patience: float = PATIENCE_SECONDS) -> None:
        self._patience = patience
        self.under_way = 0
        self._groups: deque[_Group[Key, Found]] = deque()

    async def get(self, keys: Sequence[Key], read: Read[Key, Found]) -> dict[Key, Found]:
        """What there is of these keys, and perhaps of others.

        `read` is one statement. What it raises is raised to who gave it; those who were gathered
        with it then read for themselves, unless it ran out of time.
        """
        if not self.under_way:
            self.under_way = 1
            try:
                return await read(keys)
            finally:
                self._go_on()
        group = self._open_group()
        place = group.join(keys)
        try:
            answer = await place
        except asyncio.CancelledError:
            if group.leader is place:
                group.leader = None
                self._go_on()
            raise
        if answer is _Turn.LEAD:
            return await self._lead(group, read)
        if answer is _Turn.ALONE:
            return await read(keys)
        return answer

    def _open_group(self) -> "_Group[Key, Found]":
        """The group that can still be joined."""
        if self._groups and len(self._groups[-1].keys) < MOST_KEYS:
            return self._groups[-1]
        group: _Group[Key, Found] = _Group()  # a subscript here would take a microsecond
        loop = asyncio.get_running_loop()
        group.timer = loop.call_later(self._patience, self._go_beside, group)
        self._groups.append(group)
        return group

    async def _lead(self, group: "_Group[Key, Found]", read: Read[Key, Found]) -> dict[Key, Found]:
        self._groups.remove(group)
        group.timer.cancel()
        try:
            found = await read(list(group.keys))
        except DeadlineExceeded as error:
            group.fail(error)
            raise
        except BaseException:
            group.tell(_Turn.ALONE)
            raise
        finally:
            self._go_on()
        group.tell(found)
        return found

    def _go_on(self) -> None:
        """Gives the place of what has ended to the group that came first."""
        for group in self._groups.copy():
            if group.leader is None:
                if group.lead():
                    return
                self._groups.remove(group)
                group.timer.cancel()
        self.under_way -= 1

    def _go_beside(self, group: "_Group[Key, Found]") -> None:
        if group.leader is None and group in self._groups:
            self.under_way += 1
            self._go_on()


class Combining(defaultdict[Hashable, Combined[Any, Any]]):
    """The look-ups of a process, each by what it is of; made when it is first asked for."""

    def __init__(self) -> None:
        super().__init__(Combined)


class _Turn(Enum):
    """What who waits is told when it must do something itself."""

    LEAD = auto()
    ALONE = auto()


_Place: TypeAlias = "asyncio.Future[dict[Key, Found] | _Turn]"


class _Group(Generic[Key, Found]):
    """Requests that wait for one statement: the leader, once it was told, will make it."""

    __slots__ = ("_waiting", "keys", "leader", "timer")

    timer: asyncio.TimerHandle

    def __init__(self) -> None:
        self.keys: dict[Key, None] = {}
        self.leader: _Place[Key, Found] | None = None
        self._waiting: deque[_Place[Key, Found]] = deque()

    def join(self, keys: Sequence[Key]) -> "_Place[Key, Found]":
        self.keys.update(dict.fromkeys(keys))
        place: _Place[Key, Found] = asyncio.get_running_loop().create_future()
        self._waiting.append(place)
        return place

    def lead(self) -> bool:
        """Tells the first who is still there to lead; False when nobody is."""
        while self._waiting:
            place = self._waiting.popleft()
            if not place.done():
                place.set_result(_Turn.LEAD)
                self.leader = place
                return True
        return False

    def tell(self, answer: dict[Key, Found] | _Turn) -> None:
        for place in self._waiting:
            if not place.done():
                place.set_result(answer)

    def fail(self, error: Exception) -> None:
        for place in self._waiting:
            if not place.done():
                place.set_exception(error)
