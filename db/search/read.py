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

from dataclasses import dataclass
from typing import Final, LiteralString

from db.cursor import INT4, INT8, decode_cursor, encode_cursor
from db.rows import Connection, Row, fetch
from db.search.kinds import ALBUMS, ARTISTS, KINDS, SONGS, TIERS, SearchKind
from db.search.query import SearchQuery, parse_query

MAX_HITS: Final = 1_000
"""Where a search ends: hits that can be paged through."""

MAX_FIRST: Final = 100
"""Hits of one page."""

WINDOW: Final = 128
"""Candidates of the delta tier and of each other tier that are ranked; over `MAX_FIRST`."""

ENOUGH: Final = 20
"""Candidates after which no further tier is asked, unless the page needs more."""


@dataclass(frozen=True, slots=True)
class SearchHit:
    """What was found, and the cursor behind it. Hits behind the window have no `score`."""

    id: int
    cursor: str
    score: int | None


@dataclass(frozen=True, slots=True)
class SearchPage:
    hits: list[SearchHit]
    has_next: bool


async def search_songs(
    connection: Connection, text: str, *, first: int = 20, after: str | None = None
) -> SearchPage:
    """Songs that have all the words of `text` in title, artists or album; the last word may be
    unfinished. `first` is 1 to 100. Raises `InvalidCursor`."""
    return await search(connection, SONGS, text, first=first, after=after)


async def search_artists(
    connection: Connection, text: str, *, first: int = 20, after: str | None = None
) -> SearchPage:
    """Artists by name; see `search_songs`."""
    return await search(connection, ARTISTS, text, first=first, after=after)


async def search_albums(
    connection: Connection, text: str, *, first: int = 20, after: str | None = None
) -> SearchPage:
    """Albums by title and artists; see `search_songs`."""
    return await search(connection, ALBUMS, text, first=first, after=after)


async def search(
    connection: Connection, kind: SearchKind, text: str, *, first: int, after: str | None
) -> SearchPage:
    """A page of hits of a kind. Raises `InvalidCursor`."""
    if not 1 <= first <= MAX_FIRST:
        raise ValueError(f"first must be 1 to {MAX_FIRST}, not {first}")
    place = None if after is None else _Place.decode(kind, after)
    query = parse_query(text)
    seen = 0 if place is None else place.seen
    wanted = min(first, MAX_HITS - seen)
    if query is None or wanted <= 0:
        return SearchPage([], has_next=False)

    places: list[_Place] = []
    if place is None or place.tier == IN_WINDOW:
        places = await _ranked_places(connection, kind, query, wanted, place)
    # A first page that is not full has found everything: it asked all tiers.
    if len(places) <= wanted and (place is not None or len(places) == wanted):
        start = places[-1] if places else place
        if start is not None:
            limit = wanted + 1 - len(places)
            places += await _tier_places(connection, kind, query, limit, start)
    return SearchPage(
        [
            SearchHit(found.id, found.encode(kind), found.score if found.tier < 0 else None)
            for found in places[:wanted]
        ],
        has_next=len(places) > wanted and seen + wanted < MAX_HITS,
    )


IN_WINDOW: Final = -1
Tid = tuple[int, int]


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


_TID: Final = range(2**48)
_NO_TID: Final = (0, 0)


def _tid(number: int) -> Tid:
    return number >> 16, number & 0xFFFF


def _tid_number(tid: Tid) -> int:
    return tid[0] << 16 | tid[1]


def _tid_texts(tids: list[Tid]) -> list[str]:
    return [f"({block},{offset})" for block, offset in tids]


class RankedRow(Row):
    """A hit of the window. The last three tell where the window ends."""

    id: int
    score: int
    generation: int
    delta: list[int] | None
    exact: list[int] | None
    bounds: list[Tid | None]


class TierRow(Row):
    """A hit behind the window."""

    id: int
    tier: int
    tid: Tid
    delta: list[int] | None


async def _ranked_places(
    connection: Connection,
    kind: SearchKind,
    query: SearchQuery,
    wanted: int,
    after: _Place | None,
) -> list[_Place]:
    rows = await select_ranked(
        connection,
        kind,
        query.tsquery,
        query.text,
        limit=wanted + 1,
        after=None if after is None else (after.score, after.id),
        generation=None if after is None else after.generation,
        delta=None if after is None else after.delta,
        exact=None if after is None else after.exact,
        bounds=None if after is None else after.bounds,
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
    connection: Connection, kind: SearchKind, query: SearchQuery, limit: int, after: _Place
) -> list[_Place]:
    starts = list(after.bounds)
    if after.tier > 0:
        starts[after.tier - 1] = max(starts[after.tier - 1], after.tid)
    rows = await select_tiers(
        connection,
        kind,
        query.tsquery,
        query.text,
        limit=limit,
        tier=max(after.tier, 0),
        delta=after.delta,
        exact=after.exact,
        starts=starts,
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


# Over every row, so that nothing counts as taken.
_NO_DELTA: Final = [2, 0, 0]
_NO_EXACT: Final = [2**40, 0]


async def select_ranked(
    connection: Connection,
    kind: SearchKind,
    tsquery: str,
    text: str,
    *,
    limit: int,
    after: tuple[int, int] | None = None,
    generation: int | None = None,
    delta: list[int] | None = None,
    exact: list[int] | None = None,
    bounds: list[Tid] | None = None,
) -> list[RankedRow]:
    """Hits of the window by score and id, behind `after`.

    Without bounds this is a first page, which finds out where the window ends; `delta`, `exact`
    and `bounds` are how it ended, unless another `generation` is there now.
    """
    return await fetch(
        connection,
        RankedRow,
        _RANKED[kind],
        tsquery,
        text,
        limit,
        max(ENOUGH, limit),
        None if after is None else after[0],
        None if after is None else after[1],
        generation,
        delta,
        exact,
        None if bounds is None else _tid_texts(bounds),
    )


async def select_tiers(
    connection: Connection,
    kind: SearchKind,
    tsquery: str,
    text: str,
    *,
    limit: int,
    tier: int,
    delta: list[int],
    exact: list[int],
    starts: list[Tid],
) -> list[TierRow]:
    """Hits behind the window, from `tier` on: the delta tier under `delta`, each other tier behind
    its place in `starts`, but for the exact titles from `exact` up, which the window had."""
    return await fetch(
        connection,
        TierRow,
        _TIERS[kind],
        tsquery,
        text,
        limit,
        tier,
        delta,
        exact,
        _tid_texts(starts),
    )


def _each_tier(part: LiteralString) -> LiteralString:
    """`part` once for each tier: `TIER` is its number, `COUNTED` how many candidates the tiers
    before it gave."""
    parts: list[LiteralString] = []
    counted: LiteralString = "0"
    for tier in TIERS:
        parts.append(part.replace("TIER", tier).replace("COUNTED", counted))
        counted += " + (SELECT count(*) FROM tier_TIER)".replace("TIER", tier)
    return "".join(parts)


# Two things are not as they would be written first. The matches of a tier are materialised, so
# that the planner does not see the limit and take a sequential scan for it; rows are still made
# only as they are asked for. And they come in physical order without an ORDER BY (kinds.py).
_RANKED_SQL: Final[LiteralString] = (  # noqa: S608 (of literals only, which pyright checks)
    """
    WITH frame AS MATERIALIZED (
        SELECT generation, generation IS DISTINCT FROM $7::bigint AS first_page,
               $8::bigint[] AS delta, $9::bigint[] AS exact, $10::text[]::tid[] AS bounds
        FROM search_state WHERE kind = 'song'
    ),
    delta AS MATERIALIZED (
        SELECT * FROM (
            SELECT id, popularity, title_norm, artists_norm,
                   ARRAY[(title_norm = $2)::integer, popularity, id] AS place
            FROM song_search WHERE tier = 0 AND lexemes @@ $1::text::tsquery
        ) AS matches
        WHERE (SELECT first_page OR place >= delta FROM frame)
        ORDER BY place DESC
        LIMIT (SELECT CASE WHEN first_page THEN 128 ELSE 1000 END FROM frame)
    ),
    exact AS MATERIALIZED (
        SELECT * FROM (
            SELECT id, popularity, title_norm, artists_norm,
                   ARRAY[popularity, id] AS place
            FROM song_search WHERE tier > 0 AND title_norm = $2
            ORDER BY popularity DESC, id DESC
            LIMIT 32
        ) AS best
        WHERE (SELECT first_page OR best.place >= exact FROM frame)
    ),
    """
    + _each_tier(
        """
        matches_TIER AS MATERIALIZED (
            SELECT id, popularity, title_norm, artists_norm, ctid AS tid
            FROM song_search WHERE tier = TIER AND lexemes @@ $1::text::tsquery
        ),
        tier_TIER AS MATERIALIZED (
            SELECT * FROM (
                SELECT * FROM matches_TIER
                WHERE (SELECT CASE WHEN first_page THEN COUNTED < $4::bigint
                                   ELSE bounds[TIER] > '(0,0)' END FROM frame)
                LIMIT 128
            ) AS best
            WHERE (SELECT first_page OR best.tid <= bounds[TIER] FROM frame)
        ),
        """
    )
    + """
    candidates AS (
        SELECT id, popularity, title_norm, artists_norm FROM delta
        UNION ALL
        SELECT id, popularity, title_norm, artists_norm FROM exact
    """
    + _each_tier(
        """
        UNION ALL
        SELECT id, popularity, title_norm, artists_norm FROM tier_TIER
        """
    )
    + """
    ),
    -- Boosts are logarithms as well: 7000 weighs as much as being 1,100 times as popular.
    scored AS (
        SELECT DISTINCT id, (1000 * ln(1 + popularity))::bigint + CASE
            WHEN title_norm = $2 THEN 7000
            WHEN starts_with($2, artists_norm[1] || ' ')
                 AND starts_with(artists_norm[1] || ' ' || title_norm, $2) THEN 6500
            WHEN starts_with($2, title_norm || ' ')
                 AND starts_with(title_norm || ' ' || artists_norm[1], $2) THEN 6500
            WHEN $2 = ANY (artists_norm) THEN 5000
            WHEN starts_with(title_norm, $2) THEN 2000
            WHEN starts_with(artists_norm[1], $2) THEN 1000
            ELSE 0
        END AS score
        FROM candidates
    )
    SELECT id, score, (SELECT generation FROM frame),
           (SELECT CASE WHEN first_page THEN (SELECT min(place) FROM delta) ELSE delta END
            FROM frame) AS delta,
           (SELECT CASE WHEN first_page THEN (SELECT min(place) FROM exact) ELSE exact END
            FROM frame) AS exact,
           (SELECT CASE WHEN first_page THEN ARRAY[
    """
    + _each_tier("(SELECT max(tid) FROM tier_TIER), ").removesuffix(", ")
    + """
            ] ELSE bounds END FROM frame) AS bounds
    FROM scored
    WHERE $5::bigint IS NULL OR (score, id) < ($5, $6::bigint)
    ORDER BY score DESC, id DESC
    LIMIT $3::bigint
    """
)

_TIERS_SQL: Final[LiteralString] = (  # noqa: S608
    """
    WITH
    """
    + _each_tier(
        """
        matches_TIER AS MATERIALIZED (
            SELECT id, popularity, title_norm, ctid AS tid
            FROM song_search WHERE tier = TIER AND lexemes @@ $1::text::tsquery
        ),
        """
    )
    + """
    delta AS MATERIALIZED (
        SELECT * FROM (
            SELECT id, ARRAY[(title_norm = $2)::integer, popularity, id] AS place
            FROM song_search WHERE tier = 0 AND lexemes @@ $1::text::tsquery
        ) AS matches
        WHERE $4::integer = 0 AND place < $5::bigint[]
        ORDER BY place DESC
        LIMIT $3::bigint
    )
    SELECT id, 0 AS tier, '(0,0)'::tid AS tid, place AS delta FROM delta
    """
    + _each_tier(
        """
        UNION ALL
        SELECT id, TIER, tid, NULL FROM matches_TIER
        WHERE $4 <= TIER AND tid > ($7::text[]::tid[])[TIER]
          AND NOT (title_norm = $2 AND ARRAY[popularity, id] >= $6::bigint[])
        """
    )
    + """
    LIMIT $3
    """
)

_RANKED: Final[dict[SearchKind, LiteralString]] = {kind: kind.sql(_RANKED_SQL) for kind in KINDS}
_TIERS: Final[dict[SearchKind, LiteralString]] = {kind: kind.sql(_TIERS_SQL) for kind in KINDS}
