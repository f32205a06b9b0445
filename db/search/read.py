"""Finding: the best hits first, in pages.

A page is one statement, or two where it goes over the window's end. The window is the few hundred
candidates that are ranked: all the best of the delta tier, exact titles, and the first rows of
the tiers, asked in order until there are enough. Behind the window the hits follow in the order
of their tiers, that is by popularity, without ranking.

The cursor holds how far the window reached into each tier, so the pages of one search have no
song twice and leave none out, whatever is written meanwhile, except songs that are themselves
written. That holds within a generation: after a rebuild the next pages still come, but may repeat
a song. A search ends after `MAX_HITS` hits.
"""

from dataclasses import dataclass, replace
from typing import Final

from db.cursor import INT4, INT8, decode_cursor, encode_cursor, is_cursor
from db.rows import Connection
from db.search.beginnings import terms_of
from db.search.corrections import (
    FEW,
    ROUNDS,
    Choice,
    Correction,
    Hit,
    correct,
    correction_of_round,
    hits_of,
    is_doubtful,
)
from db.search.filters import Conditions, SearchFilter, conditions
from db.search.kinds import ALBUMS, ARTISTS, SONGS, TIERS, SearchKind
from db.search.query import NOTHING, SearchQuery, parse_query
from db.search.statements import Tid, select_ranked, select_tiers

MAX_HITS: Final = 1_000
"""Where a search ends: hits that can be paged through."""

MAX_FIRST: Final = 100
"""Hits of one page."""


@dataclass(frozen=True, slots=True)
class SearchHit:
    """What was found, and the cursor behind it. Hits behind the window have no `score`."""

    id: int
    cursor: str
    score: int | None


@dataclass(frozen=True, slots=True)
class SearchPage:
    """`did_you_mean` is the text that finds the best of the hits, where typing errors were
    corrected; `text` is what was typed in normal form, `choices` are its terms, and what else they
    were taken to mean."""

    hits: list[SearchHit]
    has_next: bool
    text: str = ""
    choices: tuple[Choice, ...] = ()
    did_you_mean: str | None = None

    def beginning(self, first: int) -> "SearchPage":
        """The page as if no more than `first` had been asked for."""
        more = self.has_next or len(self.hits) > first
        return replace(self, hits=self.hits[:first], has_next=more)


async def search_songs(
    connection: Connection,
    text: str,
    *,
    first: int = 20,
    after: str | None = None,
    wanted: SearchFilter | None = None,
) -> SearchPage:
    """Songs that have all the words of `text` in title, artists or album; the last word may be
    unfinished. Where hardly any do, typing errors are corrected. A filter alone finds all that it
    lets pass. `first` is 1 to 100. Raises `InvalidCursor`."""
    return await search(connection, SONGS, text, first=first, after=after, wanted=wanted)


async def search_artists(
    connection: Connection,
    text: str,
    *,
    first: int = 20,
    after: str | None = None,
    wanted: SearchFilter | None = None,
) -> SearchPage:
    """Artists by name and alias; see `search_songs`."""
    return await search(connection, ARTISTS, text, first=first, after=after, wanted=wanted)


async def search_albums(
    connection: Connection,
    text: str,
    *,
    first: int = 20,
    after: str | None = None,
    wanted: SearchFilter | None = None,
) -> SearchPage:
    """Albums by title and artists; see `search_songs`."""
    return await search(connection, ALBUMS, text, first=first, after=after, wanted=wanted)


async def search(
    connection: Connection,
    kind: SearchKind,
    text: str,
    *,
    first: int,
    after: str | None,
    wanted: SearchFilter | None = None,
) -> SearchPage:
    """A page of hits of a kind. Raises `InvalidCursor`."""
    if not 1 <= first <= MAX_FIRST:
        raise ValueError(f"first must be 1 to {MAX_FIRST}, not {first}")
    asked = Asked(kind, parse_query(text) or NOTHING, conditions(kind, wanted))
    if after is not None and is_cursor(after, f"corrected:{kind.name}"):
        return await _corrected_page(connection, asked, first, CorrectedPlace.decode(kind, after))
    page = await _typed_page(connection, asked, first, after)
    if after is None and asked.query.terms and is_doubtful(asked.query, len(page.hits)):
        corrected = await _first_corrected_page(connection, asked, first, page)
        return corrected or page
    return page


@dataclass(frozen=True, slots=True)
class Asked:
    """What is searched for; the same on each page."""

    kind: SearchKind
    query: SearchQuery
    conditions: Conditions

    @property
    def tsquery(self) -> str:
        return self.conditions.on(self.query.tsquery)


async def _typed_page(
    connection: Connection, asked: Asked, first: int, after: str | None
) -> SearchPage:
    place = None if after is None else _Place.decode(asked.kind, after)
    seen = 0 if place is None else place.seen
    wanted = min(first, MAX_HITS - seen)
    if not asked.tsquery or wanted <= 0:
        return SearchPage([], has_next=False)

    places: list[_Place] = []
    if place is None or place.tier == IN_WINDOW:
        places = await _ranked_places(connection, asked, wanted, place)
    # A first page that is not full has found everything: it asked all tiers.
    if len(places) <= wanted and (place is not None or len(places) == wanted):
        start = places[-1] if places else place
        if start is not None:
            limit = wanted + 1 - len(places)
            places += await _tier_places(connection, asked, limit, start)
    return SearchPage(
        [
            SearchHit(found.id, found.encode(asked.kind), found.score if found.tier < 0 else None)
            for found in places[:wanted]
        ],
        has_next=len(places) > wanted and seen + wanted < MAX_HITS,
        text=asked.query.text,
        choices=tuple(Choice(term) for term in asked.query.terms),
    )


async def _first_corrected_page(
    connection: Connection, asked: Asked, first: int, typed: SearchPage
) -> SearchPage | None:
    """The page that begins with the few hits of what was typed; None when nothing is corrected."""
    found = await correct(connection, asked.kind, asked.query, asked.conditions, len(typed.hits))
    if found is None:
        return None
    correction, hits = found
    typed_ids = [hit.id for hit in typed.hits]
    hits = [hit for hit in hits if hit.id not in typed_ids]
    place = CorrectedPlace(0, 0, 0, correction.round, typed_ids)
    page = _page_of_corrected(asked.kind, correction, _as_typed(place) + hits, first, place)
    scores = {hit.id: hit.score for hit in typed.hits}
    return replace(
        page,
        hits=[replace(hit, score=scores.get(hit.id, hit.score)) for hit in page.hits],
        did_you_mean=next((hit.text for hit in hits if hit.text != asked.query.text), None),
    )


async def _corrected_page(
    connection: Connection, asked: Asked, first: int, place: "CorrectedPlace"
) -> SearchPage:
    """A page behind `place`: the same correction is made again, and its hits are ranked again."""
    correction = await correction_of_round(connection, asked.kind, asked.query, place.round)
    if correction is None:
        return SearchPage([], has_next=False)
    hits = await hits_of(connection, asked.kind, correction, asked.conditions)
    others = [hit for hit in hits if hit.id not in place.typed_ids]
    behind = [
        hit for hit in _as_typed(place) + others if (hit.score, hit.id) < (place.score, place.id)
    ]
    return _page_of_corrected(asked.kind, correction, behind, first, place)


def _as_typed(place: "CorrectedPlace") -> list[Hit]:
    return [Hit(AS_TYPED - at, hit_id, 0, "") for at, hit_id in enumerate(place.typed_ids)]


def _page_of_corrected(
    kind: SearchKind, correction: Correction, hits: list[Hit], first: int, place: "CorrectedPlace"
) -> SearchPage:
    return SearchPage(
        [
            SearchHit(
                hit.id,
                replace(place, id=hit.id, seen=place.seen + at, score=hit.score).encode(kind),
                hit.score,
            )
            for at, hit in enumerate(hits[:first], 1)
        ],
        has_next=len(hits) > first,
        text=correction.query.text,
        choices=correction.choices,
    )


AS_TYPED: Final = 2**40
"""Score of the hits of what was typed, which come before those of what may have been meant."""


@dataclass(frozen=True, slots=True)
class CorrectedPlace:
    """A hit's place among those of a corrected query, which are one window without an end behind
    it: by score and id, after the few hits of what was typed."""

    id: int
    seen: int
    score: int
    round: int
    typed_ids: list[int]

    def encode(self, kind: SearchKind) -> str:
        typed = [*self.typed_ids, *[0] * FEW][: FEW - 1]
        return encode_cursor(
            f"corrected:{kind.name}", self.id, self.seen, self.score, self.round, *typed
        )

    @classmethod
    def decode(cls, kind: SearchKind, cursor: str) -> "CorrectedPlace":
        hit, seen, score, number, *typed = decode_cursor(
            cursor,
            f"corrected:{kind.name}",
            INT8,
            INT4,
            INT8,
            range(1, ROUNDS + 1),
            *[INT8] * (FEW - 1),
        )
        return cls(hit, seen, score, number, [hit_id for hit_id in typed if hit_id])


IN_WINDOW: Final = -1


@dataclass(frozen=True, slots=True)
class _Place:
    """A hit's place among all hits, and where the window ends.

    In the window (`tier` is `IN_WINDOW`) the order is by `score` and id. Then come the delta tier
    (0) by `delta`, and the other tiers by `tid`, the row's physical place.
    """

    id: int
    seen: int
    generation: int
    score: int
    tier: int
    tid: Tid
    delta: list[int]  # the least exact title (1 or 0), popularity, id that was taken from there
    exact: list[int]  # the least popularity and id of exact titles that was taken
    bounds: list[Tid]  # the last row of each tier that was taken

    def encode(self, kind: SearchKind) -> str:
        return encode_cursor(
            f"search:{kind.name}",
            self.id,
            self.seen,
            self.generation,
            self.score,
            self.tier,
            _tid_number(self.tid),
            *self.delta,
            *self.exact,
            *(_tid_number(bound) for bound in self.bounds),
        )

    @classmethod
    def decode(cls, kind: SearchKind, cursor: str) -> "_Place":
        hit, seen, generation, score, tier, tid, *rest = decode_cursor(
            cursor,
            f"search:{kind.name}",
            INT8,
            range(MAX_HITS + 1),
            INT8,
            INT8,
            range(IN_WINDOW, len(TIERS) + 1),
            _TID,
            INT4,
            INT8,
            INT8,
            INT8,
            INT8,
            *[_TID for _ in TIERS],
        )
        return cls(
            hit,
            seen,
            generation,
            score,
            tier,
            _tid(tid),
            rest[:3],
            rest[3:5],
            [_tid(bound) for bound in rest[5:]],
        )


# Over every row, so that nothing counts as taken.
_NO_DELTA: Final = [2, 0, 0]
_NO_EXACT: Final = [2**40, 0]
_TID: Final = range(2**48)
_NO_TID: Final = (0, 0)


def _tid(number: int) -> Tid:
    return number >> 16, number & 0xFFFF


def _tid_number(tid: Tid) -> int:
    return tid[0] << 16 | tid[1]


async def _ranked_places(
    connection: Connection, asked: Asked, wanted: int, after: _Place | None
) -> list[_Place]:
    rows = await select_ranked(
        connection,
        asked.kind,
        terms_of(asked.tsquery),
        asked.query.text,
        limit=wanted + 1,
        after=None if after is None else (after.score, after.id),
        generation=None if after is None else after.generation,
        delta=None if after is None else after.delta,
        exact=None if after is None else after.exact,
        bounds=None if after is None else after.bounds,
        conditions=asked.conditions,
    )
    seen = 0 if after is None else after.seen
    return [
        _Place(
            row.id,
            seen + number,
            row.generation,
            row.score,
            IN_WINDOW,
            _NO_TID,
            row.delta or _NO_DELTA,
            row.exact or _NO_EXACT,
            [bound or _NO_TID for bound in row.bounds],
        )
        for number, row in enumerate(rows, 1)
    ]


async def _tier_places(
    connection: Connection, asked: Asked, limit: int, after: _Place
) -> list[_Place]:
    starts = list(after.bounds)
    if after.tier > 0:
        starts[after.tier - 1] = max(starts[after.tier - 1], after.tid)
    rows = await select_tiers(
        connection,
        asked.kind,
        terms_of(asked.tsquery),
        asked.query.text,
        limit=limit,
        tier=max(after.tier, 0),
        delta=after.delta,
        exact=after.exact,
        starts=starts,
        conditions=asked.conditions,
    )
    return [
        _Place(
            row.id,
            after.seen + number,
            after.generation,
            0,
            row.tier,
            row.tid,
            row.delta or after.delta,
            after.exact,
            after.bounds,
        )
        for number, row in enumerate(rows, 1)
    ]
