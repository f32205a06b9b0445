"""Words of 13 languages, drawn as often as people use them (package `wordfreq`)."""

from bisect import bisect
from functools import cache
from importlib import import_module
from itertools import accumulate
from random import Random
from typing import Final

LANGUAGES: Final = {
    "en": 0.44,
    "es": 0.10,
    "pt": 0.06,
    "fr": 0.06,
    "de": 0.05,
    "it": 0.04,
    "ru": 0.06,
    "ja": 0.05,
    "zh": 0.05,
    "ko": 0.03,
    "ar": 0.02,
    "tr": 0.02,
    "pl": 0.02,
}
"""Language codes, and the share of artists who sing in the language."""

SPACELESS: Final = frozenset({"ja", "zh"})

FUNCTION_WORDS: Final = 60
"""So many of the most frequent words are no titles by themselves: "the", "of"."""


class Words:
    """The words of a language. wordfreq keeps them in bins of equal frequency, a centibel each."""

    def __init__(self, language: str) -> None:
        wordfreq = import_module("wordfreq")  # heavy, and only installed for benchmarks
        bins: list[list[str]] = [
            [word for word in words if not any(map(str.isdigit, word))]
            for words in wordfreq.get_frequency_list(language, wordlist="best")
        ]
        self._bins = [words for words in bins if words]
        frequencies = [10 ** (-0.01 * centibels) for centibels, words in enumerate(bins) if words]
        weights = [
            len(words) * frequency for words, frequency in zip(self._bins, frequencies, strict=True)
        ]
        self._cumulative = list(accumulate(weights))
        ranks = accumulate(len(words) for words in self._bins)
        content = next(n for n, rank in enumerate(ranks) if rank >= FUNCTION_WORDS)
        self._content_from = self._cumulative[content]
        self.frequent = [word for words in self._bins[:200] for word in words][:200]
        """The 200 most frequent words, in that order."""

    def draw(self, random: Random) -> str:
        return self._draw(random, 0.0)

    def draw_content(self, random: Random) -> str:
        """A word that is not one of the most frequent ones."""
        return self._draw(random, self._content_from)

    def _draw(self, random: Random, low: float) -> str:
        at = low + random.random() * (self._cumulative[-1] - low)
        words = self._bins[min(bisect(self._cumulative, at), len(self._bins) - 1)]
        return words[int(random.random() * len(words))]


@cache
def words_of(language: str) -> Words:
    return Words(language)
