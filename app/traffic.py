"""What a worker process was asked, in plain numbers: counting costs less than a microsecond."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Sequence
from typing import Final

SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
COSTS: Final = (1.0, 10.0, 30.0, 100.0, 300.0, 1_000.0, 3_000.0, 10_000.0)

OTHER: Final = "other"
UNNAMED: Final = "unnamed"
UNREAD: Final = "unread"
"""Refused before it was looked at: no JSON, too large, too much at once."""

MOST_NAMES: Final = 200
MOST_CODES: Final = 100


class Histogram:
    """How many observations are at most each of the bounds; the last count is beyond them."""

    __slots__ = ("_bounds", "counts", "total")

    def __init__(self, bounds: Sequence[float]) -> None:
        self._bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.total = 0.0

    def observe(self, value: float) -> None:
        self.counts[bisect_left(self._bounds, value)] += 1
        self.total += value

    def cumulated(self) -> list[tuple[str, float]]:
        """Bounds and counts as Prometheus has them."""
        buckets: list[tuple[str, float]] = []
        sum_ = 0
        for bound, count in zip((*self._bounds, None), list(self.counts), strict=True):
            sum_ += count
            buckets.append(("+Inf" if bound is None else f"{bound:g}", sum_))
        return buckets


class Traffic:
    """Requests by operation and status, how long they took, and the codes of their errors.

    Clients choose the names of operations, so not every name is counted by itself: those in
    `names` are, or, when there are none, the first `MOST_NAMES` that were answered without an
    error. The rest is `other`.

    Attributes:
        open: Requests that are being answered; `streams` and `websockets`: what stays open.
        pages: Requests of anything else than GraphQL, by their status.
    """

    def __init__(self, names: Collection[str] = ()) -> None:
        self.open = 0
        self.websockets = 0
        self.streams = 0
        self.requests: Counter[tuple[str, int]] = Counter()
        self.pages: Counter[int] = Counter()
        self.seconds: dict[str, Histogram] = {}
        self.cost = Histogram(COSTS)
        self.errors: Counter[str] = Counter()
        self._names = {*names, UNNAMED}
        self._open_to_names = not names

    def ended(
        self,
        operation: str | None,
        status: int,
        seconds: float | None,
        cost: int | None,
        codes: Sequence[str],
    ) -> None:
        """Counts a request of GraphQL. `operation` is empty when it has no name and None when it
        was not read; status 0: nothing was answered; `seconds` None: it is as long as it likes."""
        if operation is None:
            name = UNREAD
        else:
            name = self._counted(operation or UNNAMED, well=status == 200 and not codes)
        self.requests[name, status] += 1
        if seconds is not None:
            histogram = self.seconds.get(name)
            if histogram is None:
                histogram = self.seconds[name] = Histogram(SECONDS)
            histogram.observe(seconds)
        if cost is not None:
            self.cost.observe(cost)
        for code in codes:
            known = code in self.errors or len(self.errors) < MOST_CODES
            self.errors[code if known else OTHER] += 1

    def _counted(self, name: str, *, well: bool) -> str:
        if name in self._names:
            return name
        if well and self._open_to_names and len(self._names) < MOST_NAMES:
            self._names.add(name)
            return name
        return OTHER
