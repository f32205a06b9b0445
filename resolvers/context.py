"""What a resolver has at hand: the services of the process, and the state of one request."""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Generator
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final, TypeAlias, TypeVar

import strawberry

from db.errors import DatabaseError, DatabaseTimeout, DatabaseUnavailable, ReferenceGone
from db.ids import IdGenerator
from db.pool import Acquired, Pool, Statement, noting
from db.rows import Connection
from db.transactions import Conflict, transact
from engine.batch import Loaders
from resolvers.auth.passwords import Passwords
from resolvers.auth.tokens import AccessTokens
from resolvers.background import Background
from resolvers.callers import Callers
from resolvers.combined import Combining
from resolvers.errors import AccountGone, DeadlineExceeded, DomainError, NotSignedIn, Unavailable
from resolvers.exchange import Exchange
from resolvers.letters import Mailer
from resolvers.queue_changes import QueueChanges
from resolvers.viewer import Caller, Viewer
from storage.objects import Objects
from storage.signer import UrlSigner

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class AttemptLimits:
    """How often something may be tried in an hour; 0 is without end.

    Attributes:
        sign_in_address: Passwords and mailed codes, right or wrong, from one address.
        sign_in_account: Passwords for one account.
        sign_up_address: Accounts made from one address.
        mail_address: Mails that one address has sent, to whomever.
        mail_recipient: Mails to one person.
    """

    sign_in_address: int = 100
    sign_in_account: int = 20
    sign_up_address: int = 20
    mail_address: int = 20
    mail_recipient: int = 6


CONNECTIONS_PER_REQUEST: Final = 3
"""A request never holds more connections than this, however many batches it has at once."""

ACQUIRE_SECONDS: Final = 5.0
"""How long a statement or a transaction waits for a connection."""


@dataclass(frozen=True, slots=True)
class Services:
    """Made once, when the process starts.

    Attributes:
        tokens: None where nobody can sign in with a password.
        objects: The bucket as this server reaches it; `public_objects` as clients do.
        completing: Bounds the uploads that are completed at once, each with a file in /tmp.
        player_url: Where people open the player; None where mails cannot link to it.
        session_days: After so many days without a refresh a session has ended.
        combined: Look-ups that requests make together.
    """

    pool: Pool
    ids: IdGenerator
    signer: UrlSigner
    objects: Objects
    public_objects: Objects
    completing: asyncio.Semaphore
    callers: Callers
    tokens: AccessTokens | None
    passwords: Passwords
    session_days: int
    mailer: Mailer
    background: Background
    queue_changes: QueueChanges
    anonymous_streaming: bool
    player_url: str | None = None
    attempts: AttemptLimits = AttemptLimits()
    combined: Combining = field(default_factory=Combining)


@dataclass(slots=True)
class Context:
    """Made for each request, and gone with it. With `statements`, it notes those that it runs.

    Attributes:
        address: Where the request came from, an IPv4 address or the first half of an IPv6 one.
        fresh_until: When the first of the URLs that were signed is better asked for again, in
            seconds since 1970; noted only when it is set to begin with.
        exchange: The request as it may be ended early; None where nobody may.
    """

    services: Services
    caller: Caller = None
    now: float = field(default_factory=time.time)
    statements: list[Statement] | None = None
    address: str | None = None
    fresh_until: float | None = None
    exchange: Exchange | None = None
    loaders: Loaders = field(init=False)
    _connections: "ConnectionLimit" = field(init=False)

    def __post_init__(self) -> None:
        self.loaders = Loaders(self)
        self._connections = ConnectionLimit(CONNECTIONS_PER_REQUEST)

    @property
    def viewer(self) -> Viewer | None:
        """Who is signed in. Raises `NotSignedIn` for a token that is not good, `NotAllowed` for
        somebody who is disabled, and `Unavailable` when that cannot be told."""
        if isinstance(self.caller, DomainError):
            raise self.caller
        return self.caller

    def signed_in(self) -> Viewer:
        """Who is signed in; raises `NotSignedIn` when nobody is."""
        viewer = self.viewer
        if viewer is None:
            raise NotSignedIn
        return viewer

    def forget(self) -> None:
        """Forgets what the loaders have read, before something is changed."""
        self.loaders.close()
        self.loaders = Loaders(self)

    def connection(self) -> AbstractAsyncContextManager[Connection, bool | None]:
        """A connection for one statement or one transaction.

        Raises `Unavailable`, `DeadlineExceeded` and `AccountGone`.
        """
        acquired = _Borrowed(self.services.pool, ACQUIRE_SECONDS, self._connections)
        return acquired if self.statements is None else noting(acquired, self.statements)

    async def transact(self, work: Callable[[Connection], Awaitable[Result]]) -> Result:
        """The result of `work` in a transaction; see `db.transactions.transact`.

        Raises `Unavailable`, `DeadlineExceeded` and `AccountGone`.
        """
        with domain_errors():
            if not self._connections.take():
                await self._connections.wait()
            try:
                return await transact(
                    self.services.pool, work, timeout=ACQUIRE_SECONDS, statements=self.statements
                )
            finally:
                self._connections.give_back()


class ConnectionLimit:
    """How many connections a request may still take.

    What asyncio.Semaphore does, in the order in which they asked, at a quarter of its cost while
    there is no need to wait.
    """

    __slots__ = ("_free", "_waiting")

    def __init__(self, free: int) -> None:
        self._free = free
        self._waiting: deque[asyncio.Future[None]] | None = None

    def take(self) -> bool:
        """Takes one if one is free; whoever gets none waits by `wait`."""
        if self._free:
            self._free -= 1
            return True
        return False

    async def wait(self) -> None:
        """Takes one that another gives back."""
        if self._waiting is None:
            self._waiting = deque()
        given: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(given)
        try:
            await given
        except asyncio.CancelledError:
            if given.done() and not given.cancelled():
                self.give_back()
            raise

    def give_back(self) -> None:
        while self._waiting:
            given = self._waiting.popleft()
            if not given.done():
                given.set_result(None)
                return
        self._free += 1


class _Borrowed(Acquired):
    """A connection, while the request holds no more than it may."""

    __slots__ = ("_limit",)

    def __init__(self, pool: Pool, timeout: float, limit: ConnectionLimit) -> None:
        super().__init__(pool, timeout)
        self._limit = limit

    async def __aenter__(self) -> Connection:
        if not self._limit.take():
            await self._limit.wait()
        if (connection := self.take_at_hand()) is not None:
            return connection
        try:
            return await super().__aenter__()
        except BaseException as error:
            self._limit.give_back()
            _raise_domain_error(error)
            raise

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        unwanted = self.keep(kind)
        if unwanted is None:
            self._limit.give_back()
            return
        try:
            await self.end(unwanted, error)
        except DatabaseError as failure:
            _raise_domain_error(failure)
            raise
        finally:
            self._limit.give_back()
        if error is not None:
            _raise_domain_error(error)


@contextmanager
def domain_errors() -> Generator[None, None, None]:
    """The database's errors as those that a resolver may raise."""
    try:
        yield
    except DatabaseError as error:
        _raise_domain_error(error)
        raise


def _raise_domain_error(error: BaseException) -> None:
    """Raises what an error of the database is to a client, if it is told at all."""
    if isinstance(error, (DatabaseUnavailable, Conflict)):
        raise Unavailable from error
    if isinstance(error, DatabaseTimeout):
        raise DeadlineExceeded from error
    if isinstance(error, ReferenceGone):  # what people own refers to them, and to nothing else
        raise AccountGone from error


Info: TypeAlias = strawberry.Info[Context, None]
