from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from resolvers.credit import Span, counts_after_ms, credit_ms

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def credit(
    start: float, end: float, heard_s: float, others: list[Span], duration_s: float = 200
) -> int:
    return credit_ms(at(start), at(end), int(heard_s * 1000), int(duration_s * 1000), others)


def span(start: float, end: float, credited_s: float) -> Span:
    return Span(at(start), at(end), int(credited_s * 1000))


def test_a_play_counts_after_thirty_seconds_or_half_the_song() -> None:
    assert counts_after_ms(200_000) == 30_000
    assert counts_after_ms(20_001) == 10_000
    assert counts_after_ms(1) == 1
    assert credit(0, 29.999, 29.999, []) == 0
    assert credit(0, 30, 30, []) == 30_000
    assert credit(0, 10, 10, [], duration_s=20) == 10_000


def test_no_more_counts_than_the_wall_clock_had() -> None:
    assert credit(0, 100, 180, []) == 100_000
    assert credit(0, 20, 180, []) == 0


def test_songs_one_after_the_other_count_whole() -> None:
    assert credit(180, 360, 180, [span(0, 180, 180), span(360, 500, 140)]) == 180_000


def test_two_songs_at_once_count_as_one() -> None:
    assert credit(0, 180, 180, [span(0, 180, 180)]) == 0
    assert credit(0, 180, 180, [span(0, 180, 100)]) == 80_000


def test_a_pause_leaves_time_for_others() -> None:
    paused = span(0, 3_600, 180)
    assert credit(600, 1_000, 380, [paused]) == 220_000
    during = [span(600, 780, 180), span(780, 960, 180)]
    assert credit(0, 3_600, 180, during) == 180_000


@given(
    st.lists(
        st.tuples(
            st.integers(0, 8),  # which play is reported
            st.integers(0, 400_000_000),  # start, microseconds
            st.integers(0, 400_000_000),  # length of the span, microseconds
            st.integers(0, 300_000),  # heard, milliseconds
        ),
        max_size=30,
    )
)
def test_whatever_is_reported_all_that_counts_can_have_been_heard(
    reports: list[tuple[int, int, int, int]],
) -> None:
    spans: dict[int, Span] = {}
    for number, start, length, heard_ms in reports:
        started_at = NOON + timedelta(microseconds=start)
        heard_until = started_at + timedelta(microseconds=length)
        credited = 0
        if number in spans:
            started_at, until, credited = spans[number]
            heard_until = max(until, heard_until)
        others = [other for key, other in spans.items() if key != number]
        found = credit_ms(started_at, heard_until, heard_ms, 60_000, others)
        spans[number] = Span(started_at, heard_until, max(found, credited))
    # One after the other is possible if and only if no window holds more than its length
    # (Horn, Some simple scheduling algorithms, 1974).
    for first in spans.values():
        for last in spans.values():
            within = sum(
                other.credited_ms
                for other in spans.values()
                if other.started_at >= first.started_at and other.heard_until <= last.heard_until
            )
            window = last.heard_until - first.started_at
            assert within == 0 or timedelta(milliseconds=within) <= window
