"""Narrowing a search. What limits it lies among the lexemes (documents.py), so that the index finds
the few rows that pass; ranges are compared to the unit on the rows themselves."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from db.search.documents import DURATION_STEP_MS, DURATION_STEPS, decade, duration_lexeme
from db.search.kinds import ALBUMS, EPISODES, SONGS, SearchKind

MAX_LEXEMES_OF_RANGE: Final = 40
"""A range of more steps lets most rows pass: it is compared on the rows alone."""

NOT_EXPLICIT: Final = "!'X'"

YEARS: Final = (0, 9_999)
DURATIONS_MS: Final = (0, 2**31 - 1)


class Range(NamedTuple):
    """From `least` to `most`, both included."""

    least: int
    most: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchFilter:
    """What hits must be; of ids and codecs, one of them. Empty or None is no condition.

    Albums have artists and years, artists have none of these; other conditions do not limit them.
    """

    genre_ids: tuple[int, ...] = ()
    artist_ids: tuple[int, ...] = ()
    album_ids: tuple[int, ...] = ()
    codecs: tuple[str, ...] = ()
    explicit: bool | None = None
    years: Range | None = None
    durations_ms: Range | None = None


class Conditions(NamedTuple):
    """A filter as the statements take it: lexemes in PostgreSQL's syntax, and ranges."""

    tsquery: str | None = None
    years: Range | None = None
    durations_ms: Range | None = None

    def on(self, tsquery: str) -> str:
        """`tsquery` under these conditions. Without one they are looked up by themselves, except
        that what a song is not would be most of all songs: that finds nothing."""
        if self.tsquery is None:
            return tsquery
        if not tsquery:
            return "" if self.tsquery == NOT_EXPLICIT else self.tsquery
        return f"({tsquery}) & {self.tsquery}"


NO_CONDITIONS: Final = Conditions()


def conditions(kind: SearchKind, wanted: SearchFilter | None) -> Conditions:
    """What a filter asks of rows of a kind."""
    if wanted is None or kind not in (SONGS, ALBUMS, EPISODES):
        return NO_CONDITIONS
    if kind is EPISODES:
        terms = [_year_term(wanted.years), _duration_term(wanted.durations_ms)]
        terms.append(_explicit_term(wanted.explicit))
        return Conditions(_all(terms), wanted.years, wanted.durations_ms)
    terms = [_one_of([f"A{number}" for number in wanted.artist_ids]), _year_term(wanted.years)]
    if kind is not SONGS:
        return Conditions(_all(terms), wanted.years)
    terms += [
        _one_of([f"G{number}" for number in wanted.genre_ids]),
        _one_of([f"B{number}" for number in wanted.album_ids]),
        _one_of([f"C{codec}" for codec in wanted.codecs]),
        _duration_term(wanted.durations_ms),
        _explicit_term(wanted.explicit),
    ]
    return Conditions(_all(terms), wanted.years, wanted.durations_ms)


def _all(terms: Sequence[str]) -> str | None:
    return " & ".join(term for term in terms if term) or None


def _one_of(lexemes: Sequence[str]) -> str:
    return f"({' | '.join(map(repr, lexemes))})" if lexemes else ""


def _year_term(years: Range | None) -> str:
    if years is None:
        return ""
    if years.most - years.least < 10:
        return _one_of([f"Y{year}" for year in range(years.least, years.most + 1)])
    return _one_of([f"D{n}" for n in range(decade(years.least), decade(years.most) + 1)])


def _explicit_term(explicit: bool | None) -> str:
    if explicit is None:
        return ""
    return "'X'" if explicit else NOT_EXPLICIT


def _duration_term(durations: Range | None) -> str:
    if durations is None:
        return ""
    steps = range(
        min(durations.least // DURATION_STEP_MS, DURATION_STEPS),
        min(durations.most // DURATION_STEP_MS, DURATION_STEPS) + 1,
    )
    if len(steps) > MAX_LEXEMES_OF_RANGE:
        return ""
    return _one_of([duration_lexeme(step * DURATION_STEP_MS) for step in steps])
