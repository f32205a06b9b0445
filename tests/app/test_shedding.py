"""How many requests at once a process takes on."""

from app.shedding import FLOOR, TARGET_SECONDS, WINDOW, ConcurrencyLimit


def looked(limit: ConcurrencyLimit, *delays: float, running: int) -> float:
    for delay in delays:
        limit.look(delay, running)
    return limit.now


SLOW = TARGET_SECONDS * 2


def test_the_limit_falls_while_all_work_waits() -> None:
    limit = ConcurrencyLimit(100)
    assert looked(limit, *[SLOW] * WINDOW, running=100) == 80
    assert looked(limit, *[SLOW] * WINDOW, running=80) == 64


def test_the_limit_falls_to_what_ran_not_by_steps_from_what_never_did() -> None:
    assert looked(ConcurrencyLimit(1_000), *[SLOW] * WINDOW, running=100) == 80


def test_a_delay_that_comes_and_goes_is_no_overload() -> None:
    limit = ConcurrencyLimit(100)
    assert looked(limit, *[SLOW] * (WINDOW - 1), 0, running=50) == 100


def test_the_limit_never_falls_below_its_floor() -> None:
    limit = ConcurrencyLimit(100)
    assert looked(limit, *[SLOW] * WINDOW * 50, running=100) == FLOOR


def test_the_limit_rises_again_when_it_is_reached_without_delay() -> None:
    limit = ConcurrencyLimit(100)
    looked(limit, *[SLOW] * WINDOW * 50, running=100)
    assert looked(limit, *[0.0] * WINDOW * 50, running=100) == 100


def test_without_a_most_there_is_no_limit() -> None:
    assert looked(ConcurrencyLimit(0), *[SLOW] * WINDOW * 3, running=10_000) == float("inf")
