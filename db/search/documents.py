"""What is written to be found, and the lexemes that it is found by."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple, Protocol

from db.normalise import MAX_CHARACTERS, is_cjk, normalise, tokens

EDGE_CHARACTERS: Final = 3
"""Beginnings of words up to this length are lexemes of their own, so that the first letters that
a person types are one posting list and not a scan over thousands of words."""

MAX_LEXEMES: Final = 500
"""Lexemes of one document; the words of title, artists and album in that order come first."""


class SearchRow(NamedTuple):
    """A row of a search table."""

    id: int
    popularity: int
    year: int | None
    duration_ms: int | None
    title_norm: str
    artists_norm: list[str]
    lexemes: list[str]


class Document(Protocol):
    """Something that is found by the row that it gives."""

    def row(self) -> SearchRow: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SongDocument:
    """A song as it is found. `artists` are names, the main artists before the featured ones;
    `aliases` are other names of them all."""

    id: int
    title: str
    artists: Sequence[str] = ()
    aliases: Sequence[str] = ()
    artist_ids: Sequence[int] = ()
    album: str | None = None
    album_id: int | None = None
    popularity: int = 0
    year: int | None = None
    duration_ms: int | None = None
    explicit: bool = False
    genre_ids: Sequence[int] = ()
    codecs: Sequence[str] = ()

    def row(self) -> SearchRow:
        filters = [f"G{genre}" for genre in self.genre_ids]
        filters += [f"A{artist}" for artist in self.artist_ids]
        filters += [f"C{codec}" for codec in self.codecs]
        if self.album_id is not None:
            filters.append(f"B{self.album_id}")
        filters += year_lexemes(self.year)
        if self.duration_ms is not None:
            filters.append(duration_lexeme(self.duration_ms))
        if self.explicit:
            filters.append("X")
        names = [*self.artists, *self.aliases]
        return SearchRow(
            self.id,
            self.popularity,
            self.year,
            self.duration_ms,
            _title_norm(self.title),
            [_normalised(name[:MAX_CHARACTERS]) for name in names],
            _lexemes([self.title, *names, self.album or ""], filters),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtistDocument:
    """An artist as it is found."""

    id: int
    name: str
    aliases: Sequence[str] = ()
    popularity: int = 0

    def row(self) -> SearchRow:
        return SearchRow(
            self.id,
            self.popularity,
            None,
            None,
            normalise(self.name)[:MAX_TITLE_CHARACTERS],
            [normalise(alias) for alias in self.aliases],
            _lexemes([self.name, *self.aliases], []),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AlbumDocument:
    """An album as it is found. `artists` are names, the main one first; `aliases` are other names
    of them all."""

    id: int
    title: str
    artists: Sequence[str] = ()
    aliases: Sequence[str] = ()
    artist_ids: Sequence[int] = ()
    popularity: int = 0
    year: int | None = None

    def row(self) -> SearchRow:
        filters = [f"A{artist}" for artist in self.artist_ids]
        filters += year_lexemes(self.year)
        names = [*self.artists, *self.aliases]
        return SearchRow(
            self.id,
            self.popularity,
            self.year,
            None,
            _title_norm(self.title),
            [_normalised(name[:MAX_CHARACTERS]) for name in names],
            _lexemes([self.title, *names], filters),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowDocument:
    """A show as it is found; `author` may be empty."""

    id: int
    title: str
    author: str = ""
    popularity: int = 0

    def row(self) -> SearchRow:
        names = [self.author] if self.author else []
        return SearchRow(
            self.id,
            self.popularity,
            None,
            None,
            normalise(self.title)[:MAX_TITLE_CHARACTERS],
            [_normalised(name[:MAX_CHARACTERS]) for name in names],
            _lexemes([self.title, *names], []),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class EpisodeDocument:
    """An episode as it is found: by its own title and by that of its show."""

    id: int
    title: str
    show: str
    popularity: int = 0
    year: int | None = None
    duration_ms: int | None = None
    explicit: bool = False

    def row(self) -> SearchRow:
        filters = year_lexemes(self.year)
        if self.duration_ms is not None:
            filters.append(duration_lexeme(self.duration_ms))
        if self.explicit:
            filters.append("X")
        return SearchRow(
            self.id,
            self.popularity,
            self.year,
            self.duration_ms,
            normalise(self.title)[:MAX_TITLE_CHARACTERS],
            [_normalised(self.show[:MAX_CHARACTERS])],
            _lexemes([self.title, self.show], filters),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaylistDocument:
    """A public playlist as it is found."""

    id: int
    name: str
    popularity: int = 0

    def row(self) -> SearchRow:
        return SearchRow(
            self.id,
            self.popularity,
            None,
            None,
            normalise(self.name)[:MAX_TITLE_CHARACTERS],
            [],
            _lexemes([self.name], []),
        )


DURATION_STEP_MS: Final = 15_000
DURATION_STEPS: Final = 80
"""Durations are found by steps of 15 seconds, and those of 20 minutes and more as one."""


def year_lexemes(year: int | None) -> list[str]:
    """A year, and its decade: a long range of years is a few decades."""
    return [] if year is None else [f"Y{year}", f"D{decade(year)}"]


def decade(year: int) -> int:
    """198 for 1987; what was before 1900 is one decade, and what comes after 2100."""
    return min(max(year // 10, 189), 210)


def duration_lexeme(duration_ms: int) -> str:
    """The step of a duration, in which it is compared to the millisecond."""
    return f"L{min(duration_ms // DURATION_STEP_MS, DURATION_STEPS)}"


MAX_TITLE_CHARACTERS: Final = 200
"""A longer title is compared by its beginning; a B-tree entry has to fit into a third of a page."""


_normalised: Final = lru_cache(maxsize=4096)(normalise)


def edge(beginning: str) -> str:
    """The lexeme of the words that begin so; at most `EDGE_CHARACTERS` long."""
    return "^" + beginning


def _title_norm(title: str) -> str:
    """The title as people type it: without who is featured."""
    words = normalise(title)
    return (words.partition(" feat ")[0] or words)[:MAX_TITLE_CHARACTERS]


def _lexemes(texts: Iterable[str], filters: Sequence[str]) -> list[str]:
    lexemes = dict.fromkeys(filters)
    edges: dict[str, None] = {}
    for text in texts:
        words, beginnings = _words(text[:MAX_CHARACTERS])
        lexemes.update(words)
        edges.update(beginnings)
    lexemes.update(edges)
    return list(lexemes)[: len(filters) + MAX_LEXEMES]


@lru_cache(maxsize=4096)
def _words(text: str) -> tuple[dict[str, None], dict[str, None]]:
    """The words of a text, and their beginnings. Kept, since songs come by artist and album."""
    words = dict.fromkeys(tokens(text))
    return words, {edge(beginning): None for word in words for beginning in _beginnings(word)}


def _beginnings(word: str) -> Iterator[str]:
    if not is_cjk(word):
        for length in range(1, min(len(word), EDGE_CHARACTERS) + 1):
            yield word[:length]
