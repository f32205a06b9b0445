"""How many requests a process works on at once, by how long work has to wait.

Whatever is beyond that is refused at once, which costs a fraction of an answer. So those that
are accepted are answered as quickly under twice the load as under the full one
(docs/decisions/0032).
"""

from typing import Final

FLOOR: Final = 8
"""Requests that are always worked on at once: enough to keep a database busy."""

TARGET_SECONDS: Final = 0.01
WINDOW: Final = 5
"""Looks at the delay for one decision; the least of them counts, since a queue that stands is
overload, and one that comes and goes is not (as in CoDel, RFC 8289)."""


class ConcurrencyLimit:
    """Falls by a fifth while all work waits longer than `TARGET_SECONDS`, else rises by a tenth
    when it was reached. `most` 0 is no limit."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.now = float(most) if most else float("inf")
        self._least_delay = float("inf")
        self._looks = 0
        self._reached = 0

    def look(self, delay: float, running: int) -> None:
        """Notes how many seconds work waits at this moment, and how many requests there are."""
        self._least_delay = min(self._least_delay, delay)
        self._reached = max(self._reached, running)
        self._looks += 1
        if self._looks < WINDOW:
            return
        if not self._most:
            pass
        elif self._least_delay > TARGET_SECONDS:
            reached = min(self.now, self._reached)
            self.now = max(min(FLOOR, self._most), min(self.now, reached * 0.8))
        elif self._reached >= self.now - 1:
            self.now = min(self._most, self.now * 1.1 + 1)
        self._least_delay = float("inf")
        self._looks = self._reached = 0
