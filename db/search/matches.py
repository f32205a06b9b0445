"""Why a hit was found: which parts of its names are what was typed.

A name is folded as the index does it (db/normalise.py), letter by letter, so that each letter of
the folded name is known by its place in the original.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from db.normalise import (
    MAX_CHARACTERS,
    fold,
    is_cjk,
    is_word_character,
    letters_for_symbols,
    normalise,
)
from db.search.corrections import Choice
from db.search.numbers import other_spelling
from db.search.query import Term


class MatchReason(Enum):
    EXACT = "EXACT"
    PREFIX = "PREFIX"
    WORD = "WORD"
    TYPO = "TYPO"
    ALIAS = "ALIAS"


class MatchField(Enum):
    TITLE = "TITLE"
    NAME = "NAME"
    ARTIST = "ARTIST"
    ALBUM = "ALBUM"
    SHOW = "SHOW"
    AUTHOR = "AUTHOR"


class Range(NamedTuple):
    """UTF-16 code units of a text, from `start` up to but without `end`."""

    start: int
    end: int


class Name(NamedTuple):
    """A text that a hit is found by; an alias is another text for the same field."""

    field: MatchField
    text: str
    alias: bool = False


@dataclass(frozen=True, slots=True)
class Match:
    """That a text of a hit has some of what was typed, in `ranges`."""

    reason: MatchReason
    field: MatchField
    text: str
    ranges: list[Range]


class _Letter(NamedTuple):
    """A letter of a folded text, and the characters of the original that it stands for."""

    folded: str
    start: int
    end: int


class _Found(NamedTuple):
    """Where a term is in a text."""

    cost: float
    whole: bool
    start: int
    end: int


def explain(choices: Sequence[Choice], typed: str, names: Sequence[Name]) -> list[Match]:
    """What of each name was found; names that have nothing of it are left out.

    `typed` is what was typed in normal form. Where a term is in a name as it was typed, words that
    are only like it do not count, and where the names have it, aliases do not.
    """
    folded = [list(_chunks(name.text)) for name in names]
    found: list[list[_Found]] = [[] for _ in names]
    for choice in choices:
        places = [list(_places(choice, chunks)) for chunks in folded]
        if not any(places):
            others = [Choice(term) for term in _spelt_otherwise(choices, choice.term)]
            places = [[p for other in others for p in _places(other, chunks)] for chunks in folded]
        least = min((place.cost for some in places for place in some), default=0.0)
        best = [[place for place in some if place.cost == least] for some in places]
        named = any(some for some, name in zip(best, names, strict=True) if not name.alias)
        for at, (some, name) in enumerate(zip(best, names, strict=True)):
            if not (named and name.alias):
                found[at] += some
    return [
        Match(_reason(name, typed, places), name.field, name.text, _utf16(name.text, places))
        for name, places in zip(names, found, strict=True)
        if places
    ]


def has_all(choices: Sequence[Choice], text: str) -> bool:
    """Whether a text alone has all that was typed."""
    chunks = list(_chunks(text))
    return all(any(_places(choice, chunks)) for choice in choices)


def _reason(name: Name, typed: str, places: Sequence[_Found]) -> MatchReason:
    if name.alias:
        return MatchReason.ALIAS
    if any(place.cost for place in places):
        return MatchReason.TYPO
    if normalise(name.text) == typed:
        return MatchReason.EXACT
    return MatchReason.WORD if all(place.whole for place in places) else MatchReason.PREFIX


def _spelt_otherwise(choices: Sequence[Choice], term: Term) -> list[Term]:
    """The words of a number that a term is part of, in its other spelling."""
    words = [choice.term.word for choice in choices]
    at = words.index(term.word)
    for start in range(max(at - 1, 0), at + 1):
        length, spelling = other_spelling(words[start:])
        if spelling is not None and start + length > at:
            return [Term(word, unfinished=False) for word in spelling]
    return []


_Chunk = list[list[_Letter]]
"""The forms in which a part of a text between spaces can be typed."""


def _chunks(text: str) -> Iterator[_Chunk]:
    chunk: list[_Letter] = []
    for letter in _letters(text[:MAX_CHARACTERS]):
        if letter.folded.isspace():
            if chunk:
                yield list(_forms(chunk))
            chunk = []
        else:
            chunk.append(letter)
    if chunk:
        yield list(_forms(chunk))


def _letters(text: str) -> Iterator[_Letter]:
    start = 0
    while start < len(text):
        end = start + 1
        while end < len(text) and _continues(text[end]):
            end += 1
        for folded in fold(text[start:end], keep_apostrophes=True):
            yield _Letter(folded, start, end)
        start = end


def _continues(character: str) -> bool:
    """Whether a character belongs to the one before it: a mark, or part of a Hangul syllable."""
    return unicodedata.category(character)[0] == "M" or "\u1160" <= character <= "\u11ff"


def _forms(chunk: list[_Letter]) -> Iterator[list[_Letter]]:
    bare = [letter for letter in chunk if letter.folded != "'"]
    spoken = letters_for_symbols("".join(letter.folded for letter in bare))
    letters = [letter._replace(folded=folded) for letter, folded in zip(bare, spoken, strict=True)]
    words = list(_words(letters))
    yield from words
    if not words:
        yield _synonym(bare)
    if len(words) > 1:
        yield [letter for word in words for letter in word]
    if len(bare) < len(chunk):
        yield from _words(chunk)


def _words(letters: Iterable[_Letter]) -> Iterator[list[_Letter]]:
    word: list[_Letter] = []
    for letter in letters:
        if is_word_character(letter.folded):
            word.append(letter)
        elif word:
            yield word
            word = []
    if word:
        yield word


def _synonym(symbols: list[_Letter]) -> list[_Letter]:
    """`&` is the word "and", whose letters all stand for the one."""
    word = normalise("".join(letter.folded for letter in symbols))
    if symbols and word.isalpha():
        return [symbols[0]._replace(folded=folded) for folded in word]
    return symbols


def _places(choice: Choice, chunks: Iterable[_Chunk]) -> Iterator[_Found]:
    for chunk in chunks:
        for form in chunk:
            word = "".join(letter.folded for letter in form)
            place = _place(choice, word)
            if place is not None:
                cost, whole, start, end = place
                yield _Found(cost, whole, form[start].start, form[end - 1].end)


def _place(choice: Choice, word: str) -> _Found | None:
    term = choice.term
    if is_cjk(term.word):
        start = word.find(term.word)
        return None if start < 0 else _Found(0.0, True, start, start + len(term.word))
    cost = choice.cost(word)
    if cost is None or not word:
        return None
    if cost or not term.unfinished:
        return _Found(cost, True, 0, len(word))
    return _Found(0.0, word == term.word, 0, len(term.word))


def _utf16(text: str, places: Sequence[_Found]) -> list[Range]:
    """The places in order, those that overlap as one."""
    ranges: list[tuple[int, int]] = []
    for place in sorted(places, key=lambda place: (place.start, place.end)):
        if ranges and place.start < ranges[-1][1]:
            ranges[-1] = (ranges[-1][0], max(ranges[-1][1], place.end))
        else:
            ranges.append((place.start, place.end))
    return [Range(_units(text[:start]), _units(text[:end])) for start, end in ranges]


def _units(text: str) -> int:
    return len(text) + sum(character > "\uffff" for character in text)
