"""Numbers up to 99, which people write in figures or in English words as they like."""

from collections.abc import Sequence
from typing import Final

_UNITS: Final = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen",
    "nineteen",
)  # fmt: skip
_TENS: Final = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")

_VALUES: Final = {word: value for value, word in enumerate(_UNITS)} | {
    word: value for value, word in zip(range(20, 100, 10), _TENS, strict=True)
}


def other_spelling(words: Sequence[str]) -> tuple[int, list[str] | None]:
    """How many of the first words are a number, and the words of its other spelling.

    `["99", "problems"]` gives `(1, ["ninety", "nine"])`, `["ninety", "nine"]` gives
    `(2, ["99"])`, and what begins with no number `(0, None)`.
    """
    first, second = words[0], words[1] if len(words) > 1 else ""
    value = _VALUES.get(first)
    if value is not None:
        unit = _VALUES.get(second, 0)
        if value >= 20 and 1 <= unit <= 9:
            return 2, [str(value + unit)]
        return 1, [str(value)]
    if first.isascii() and first.isdigit() and len(first) <= 2 and str(int(first)) == first:
        return 1, _in_words(int(first))
    return 0, None


def _in_words(value: int) -> list[str]:
    if value < len(_UNITS):
        return [_UNITS[value]]
    tens, unit = divmod(value, 10)
    return [_TENS[tens - 2], *([_UNITS[unit]] if unit else [])]
