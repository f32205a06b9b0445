"""Words of 13 languages, drawn as often as people use them (package `wordfreq`)."""

from functools import cache
from importlib import import_module
from typing import Final

from demo.synthetic.words import Words

FUNCTION_WORDS: Final = 60


@cache
def _words_of(language: str) -> Words:
    wordfreq = import_module("wordfreq")  # heavy, and only installed for benchmarks
    # Bins of equal frequency, a centibel each.
    bins: list[list[str]] = [
        [word for word in words if not any(map(str.isdigit, word))]
        for words in wordfreq.get_frequency_list(language, wordlist="best")
    ]
    frequencies = [10 ** (-0.01 * centibels) for centibels, words in enumerate(bins) if words]
    return Words([words for words in bins if words], frequencies, FUNCTION_WORDS)


def words_of(language: str) -> Words:
    """All the words of a language that are used at all."""
    return _words_of(language)
