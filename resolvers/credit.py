"""How much of what somebody says to have heard counts.

Nobody hears more than the wall clock has time for. A play happens between its start and its latest
report, its span; of what was heard in it counts at most the length of the span, less what the
other plays of the same person may have used of it: each its whole credit, as far as the spans
overlap. So whatever is reported, on however many devices and in whatever order, there is a
timetable in which the person heard all that counts one after the other: in any timetable of the
other plays, that much of the span is free. A play never loses credit that it has.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final, NamedTuple

COUNTS_AFTER_MS: Final = 30_000
"""A play counts when so much was heard, or half of a shorter song."""

_MILLISECOND: Final = timedelta(milliseconds=1)


class Span(NamedTuple):
    """When a play happened, and what counts of it."""

    started_at: datetime
    heard_until: datetime
    credited_ms: int


def counts_after_ms(duration_ms: int) -> int:
    """How much of a song has to be heard for a play."""
    return max(1, min(COUNTS_AFTER_MS, duration_ms // 2))


def credit_ms(
    started_at: datetime,
    heard_until: datetime,
    heard_ms: int,
    duration_ms: int,
    others: Iterable[Span],
) -> int:
    """What counts of `heard_ms` beside the `others`; 0 while it is too little for a play."""
    free_ms = (heard_until - started_at) // _MILLISECOND
    for other in others:
        overlap = min(heard_until, other.heard_until) - max(started_at, other.started_at)
        # Rounded up, so that fractions of many plays cannot add up to time that was not there.
        overlap_ms = max(0, -(-overlap // _MILLISECOND))
        free_ms -= min(other.credited_ms, overlap_ms)
    credit = min(heard_ms, free_ms)
    return credit if credit >= counts_after_ms(duration_ms) else 0
