from hypothesis import given
from hypothesis import strategies as st

from db.order_keys import DIGITS, MAX_LENGTH, order_keys


def test_a_list_that_grows_at_its_end_keeps_short_keys() -> None:
    keys: list[str] = []
    for _ in range(10_000):
        keys += order_keys(1, low=keys[-1] if keys else None)
    assert keys == sorted(set(keys))
    assert max(map(len, keys)) <= 8


def test_a_list_that_grows_at_its_beginning_keeps_short_keys() -> None:
    keys = order_keys(1)
    for _ in range(10_000):
        keys.insert(0, order_keys(1, high=keys[0])[0])
    assert keys == sorted(set(keys))
    assert max(map(len, keys)) <= 8


def test_a_hundred_insertions_into_one_place_keep_keys_below_the_limit() -> None:
    low, high = order_keys(2)
    for _ in range(100):
        [low] = order_keys(1, low, high)
    assert len(low) < MAX_LENGTH


def test_an_end_without_steps_left_still_has_room() -> None:
    highest = DIGITS[-1] * 8
    [above] = order_keys(1, low=highest)
    assert above > highest
    [below] = order_keys(1, high="00000001")
    assert "" < below < "00000001"


@given(st.lists(st.tuples(st.integers(0, 1_000), st.integers(1, 30)), max_size=60))
def test_keys_sort_as_they_were_placed(insertions: list[tuple[int, int]]) -> None:
    keys: list[str] = []
    for place, count in insertions:
        at = place % (len(keys) + 1)
        low = keys[at - 1] if at else None
        high = keys[at] if at < len(keys) else None
        keys[at:at] = order_keys(count, low, high)
    assert keys == sorted(set(keys))
    assert all(key and not key.endswith(DIGITS[0]) for key in keys)
