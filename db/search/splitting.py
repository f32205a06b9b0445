"""Words that were run together: `pinkfloyd`, `letitbe`."""

import math
from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Final

MAX_SPLIT_CHARACTERS: Final = 24
"""Of a word that is taken apart: 275 pieces of it are looked up."""

MIN_PIECE: Final = 2
MAX_PIECES: Final = 4

_TOTAL: Final = math.log(1e8)
"""Words of all names together, of which a piece has its part: the more words, the less likely."""


def pieces(word: str) -> Iterator[str]:
    """All that may be words in a word; not the word itself."""
    for start, end in combinations(range(len(word) + 1), 2):
        if MIN_PIECE <= end - start < len(word):
            yield word[start:end]


def split(word: str, frequencies: Mapping[str, int]) -> list[str]:
    """The likeliest words that make the word; empty when no words do.

    Args:
        frequencies: In how many rows each known piece is.
    """
    best: dict[int, tuple[float, list[str]]] = {0: (0.0, [])}
    for end in range(MIN_PIECE, len(word) + 1):
        found = [
            (cost + _TOTAL - math.log(frequency), [*words, piece])
            for start, (cost, words) in best.items()
            if len(words) < MAX_PIECES
            and (frequency := frequencies.get(piece := word[start:end], 0)) > 0
        ]
        if found:
            best[end] = min(found)
    return best.get(len(word), (0.0, []))[1]
