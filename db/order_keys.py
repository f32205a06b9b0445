"""Order keys: text that sorts in the order of a list, with room for more between any two.

A key is a fraction between 0 and 1 in base 62, without its `0.` and without zeros at its end;
`COLLATE "C"` sorts it by its value. After the fractional indexing of Figma (2017), except that
keys at either end of a list are a fixed step further on, so that a list that grows at its ends
keeps short keys. Where many are put into one place, keys become longer: past `MAX_LENGTH` write
the keys of the list anew.
"""

from collections.abc import Iterator
from typing import Final

DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
MAX_LENGTH: Final = 64

_BASE: Final = len(DIGITS)
_END_LENGTH: Final = 8
_ONE: Final = _BASE**_END_LENGTH
_STEP: Final = _BASE**4
"""From one key to the next at the end of a list: seven million steps either way from the middle."""


def order_keys(count: int, low: str | None = None, high: str | None = None) -> list[str]:
    """`count` keys in order, above `low` and below `high`; None is the end of the list."""
    if high is None:
        first = _ONE // 2 if low is None else _number(low, _END_LENGTH) + _STEP
        if first + (count - 1) * _STEP < _ONE:
            return [_key(first + place * _STEP, _END_LENGTH) for place in range(count)]
    elif low is None:
        first = _number(high, _END_LENGTH) - count * _STEP
        if first > 0:
            return [_key(first + place * _STEP, _END_LENGTH) for place in range(count)]
    return list(_between(count, low or "", high))


def _between(count: int, low: str, high: str | None) -> Iterator[str]:
    """Keys evenly spread, of the fewest digits that give so many."""
    length = max(len(low), len(high or ""), 1)
    while True:
        start = _number(low, length)
        room = (_BASE**length if high is None else _number(high, length)) - start
        if room > count:
            break
        length += 1
    for place in range(1, count + 1):
        yield _key(start + room * place // (count + 1), length)


def _number(key: str, length: int) -> int:
    """The first `length` digits."""
    number = 0
    for digit in key[:length].ljust(length, "0"):
        number = number * _BASE + DIGITS.index(digit)
    return number


def _key(number: int, length: int) -> str:
    digits = ""
    for _ in range(length):
        number, digit = divmod(number, _BASE)
        digits = DIGITS[digit] + digits
    return digits.rstrip("0")
