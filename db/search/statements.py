"""The two statements of search: the ranked hits of the window, and the hits behind it."""

from typing import Final, LiteralString

from db.rows import Connection, Row, fetch
from db.search.beginnings import Terms
from db.search.filters import NO_CONDITIONS, Conditions
from db.search.kinds import KINDS, TIERS, SearchKind

Tid = tuple[int, int]
"""A row's physical place: block and number."""

WINDOW: Final = 128
"""Candidates of the delta tier and of each other tier that are ranked; over the page size."""

ENOUGH: Final = 20
"""Candidates after which no further tier is asked, unless the page needs more."""


BUDGET_MS = 100
"""Milliseconds after which no further tier is asked: what was found by then is the answer."""


class RankedRow(Row):
    """A hit of the window. The last three tell where the window ends."""

    id: int
    score: int
    generation: int
    delta: list[int] | None
    exact: list[int] | None
    bounds: list[Tid | None]


class CandidateRow(Row):
    """A hit of a corrected query, which is ranked in db/search/corrections.py."""

    id: int
    popularity: int
    title_norm: str
    artists_norm: list[str]


class TierRow(Row):
    """A hit behind the window."""

    id: int
    tier: int
    tid: Tid
    delta: list[int] | None


async def select_ranked(
    connection: Connection,
    kind: SearchKind,
    terms: Terms,
    text: str,
    *,
    limit: int,
    after: tuple[int, int] | None = None,
    generation: int | None = None,
    delta: list[int] | None = None,
    exact: list[int] | None = None,
    bounds: list[Tid] | None = None,
    conditions: Conditions = NO_CONDITIONS,
) -> list[RankedRow]:
    """Hits of the window by score and id, behind `after`.

    Without bounds this is a first page, which finds out where the window ends; `delta`, `exact`
    and `bounds` are how it ended, unless another `generation` is there now.
    """
    return await fetch(
        connection,
        RankedRow,
        RANKED[kind],
        terms,
        text,
        limit,
        max(ENOUGH, limit),
        None if after is None else after[0],
        None if after is None else after[1],
        generation,
        delta,
        exact,
        None if bounds is None else _tid_texts(bounds),
        *conditions,
        BUDGET_MS,
    )


async def select_tiers(
    connection: Connection,
    kind: SearchKind,
    terms: Terms,
    text: str,
    *,
    limit: int,
    tier: int,
    delta: list[int],
    exact: list[int],
    starts: list[Tid],
    conditions: Conditions = NO_CONDITIONS,
) -> list[TierRow]:
    """Hits behind the window, from `tier` on: the delta tier under `delta`, each other tier behind
    its place in `starts`, but for the exact titles from `exact` up, which the window had."""
    return await fetch(
        connection,
        TierRow,
        TIERS_BEHIND[kind],
        terms,
        text,
        limit,
        tier,
        delta,
        exact,
        _tid_texts(starts),
        *conditions[1:],
    )


async def select_candidates(
    connection: Connection,
    kind: SearchKind,
    terms: Terms,
    titles: list[str],
    conditions: Conditions = NO_CONDITIONS,
) -> list[CandidateRow]:
    """The window of a corrected query in no order, with what has one of `titles`."""
    return await fetch(
        connection, CandidateRow, CANDIDATES[kind], terms, titles, *conditions, BUDGET_MS
    )


def _tid_texts(tids: list[Tid]) -> list[str]:
    return [f"({block},{offset})" for block, offset in tids]


def _search(
    years: LiteralString, durations: LiteralString, budget: LiteralString, *parts: LiteralString
) -> LiteralString:
    """A statement on one line. `IN_RANGE` holds a row's year and duration against two parameters,
    null where they do not matter; `IN_TIME` is whether the next tier may be asked."""
    in_range = _IN_RANGE.replace("YEARS", years).replace("DURATIONS", durations)
    statement = "".join((_TERMS, *parts)).replace("IN_RANGE", in_range).replace("IN_TIME", _IN_TIME)
    statement = statement.replace("BUDGET", budget)
    # asyncpg does not keep statements prepared that are longer than 15 kB.
    return " ".join(statement.split())


# The terms for the tiers, with the most frequent words of a beginning that is heavy; beginnings.py.
_TERMS: Final[LiteralString] = """
    WITH terms AS MATERIALIZED (
        SELECT replace(
            ($1::text[])[2],
            chr(1),
            coalesce(
                (SELECT term FROM search_beginnings WHERE beginning = ($1::text[])[3]),
                ($1::text[])[4]
            )
        )::tsquery AS tiers
    ),
"""

_IN_RANGE: Final[LiteralString] = """
    (YEARS IS NULL OR year BETWEEN YEARS[1] AND YEARS[2])
    AND (DURATIONS IS NULL OR duration_ms BETWEEN DURATIONS[1] AND DURATIONS[2])
"""
_IN_TIME: Final[LiteralString] = (
    "clock_timestamp() < statement_timestamp() + BUDGET::integer * interval '1 ms'"
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
#
# Boosts are logarithms as popularity is: 7000 weighs as much as being 1,100 times as popular.
_RANKED_SQL: Final[LiteralString] = _search(
    "($12::integer[])",
    "($13::integer[])",
    "$14",
    """
    frame AS MATERIALIZED (
        SELECT generation, generation IS DISTINCT FROM $7::bigint AS first_page,
               $8::bigint[] AS delta, $9::bigint[] AS exact, $10::text[]::tid[] AS bounds
        FROM search_state WHERE kind = 'song'
    ),
    delta AS MATERIALIZED (
        SELECT * FROM (
            SELECT id, popularity, title_norm, artists_norm,
                   ARRAY[(title_norm = $2)::integer, popularity, id] AS place
            FROM song_search WHERE tier = 0 AND lexemes @@ ($1::text[])[1]::tsquery AND IN_RANGE
        ) AS matches
        WHERE (SELECT first_page OR place >= delta FROM frame)
        ORDER BY place DESC
        LIMIT (SELECT CASE WHEN first_page THEN 128 ELSE 1000 END FROM frame)
    ),
    exact AS MATERIALIZED (
        SELECT * FROM (
            SELECT id, popularity, title_norm, artists_norm, ARRAY[popularity, id] AS place
            FROM (
    """,
    _each_tier(
        """
                (SELECT id, popularity, title_norm, artists_norm
                 FROM (
                    SELECT * FROM song_search WHERE tier = TIER AND title_norm = $2
                    ORDER BY popularity DESC, id DESC LIMIT 1000
                 ) AS titled
                 WHERE ($11::text IS NULL OR lexemes @@ $11::text::tsquery) AND IN_RANGE
                 LIMIT 32)
                UNION ALL
        """
    )
    .rstrip()
    .removesuffix("UNION ALL"),
    """
            ) AS titled
            ORDER BY popularity DESC, id DESC
            LIMIT 32
        ) AS best
        WHERE (SELECT first_page OR best.place >= exact FROM frame)
    ),
    """,
    _each_tier(
        """
        matches_TIER AS MATERIALIZED (
            SELECT id, popularity, title_norm, artists_norm, ctid AS tid
            FROM song_search WHERE tier = TIER AND lexemes @@ (SELECT tiers FROM terms) AND IN_RANGE
        ),
        tier_TIER AS MATERIALIZED (
            SELECT * FROM (
                SELECT * FROM matches_TIER
                WHERE (SELECT CASE WHEN first_page THEN COUNTED < $4::bigint AND IN_TIME
                                   ELSE bounds[TIER] > '(0,0)' END FROM frame)
                LIMIT 128
            ) AS best
            WHERE (SELECT first_page OR best.tid <= bounds[TIER] FROM frame)
        ),
        """
    ),
    """
    candidates AS (
        SELECT id, popularity, title_norm, artists_norm FROM delta
        UNION ALL
        SELECT id, popularity, title_norm, artists_norm FROM exact
    """,
    _each_tier(
        """
        UNION ALL
        SELECT id, popularity, title_norm, artists_norm FROM tier_TIER
        """
    ),
    """
    ),
    scored AS (
        SELECT DISTINCT id, (1000 * ln(1 + popularity::float8))::bigint + CASE
            WHEN title_norm = $2 THEN 10000
            WHEN starts_with($2, artists_norm[1] || ' ')
                 AND starts_with(artists_norm[1] || ' ' || title_norm, $2) THEN 9500
            WHEN starts_with($2, title_norm || ' ')
                 AND starts_with(title_norm || ' ' || artists_norm[1], $2) THEN 9500
            WHEN $2 = ANY (artists_norm) THEN 7000
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
    """,
    _each_tier("(SELECT max(tid) FROM tier_TIER), ").removesuffix(", "),
    """
            ] ELSE bounds END FROM frame) AS bounds
    FROM scored
    WHERE $5::bigint IS NULL OR (score, id) < ($5, $6::bigint)
    ORDER BY score DESC, id DESC
    LIMIT $3::bigint
    """,
)

_CANDIDATES_SQL: Final[LiteralString] = _search(
    "($4::integer[])",
    "($5::integer[])",
    "$6",
    """
    delta AS MATERIALIZED (
        SELECT id, popularity, title_norm, artists_norm
        FROM song_search WHERE tier = 0 AND lexemes @@ ($1::text[])[1]::tsquery AND IN_RANGE
        ORDER BY popularity DESC, id DESC
        LIMIT 128
    ),
    exact AS MATERIALIZED (
        SELECT titled.id, titled.popularity, titled.title_norm, titled.artists_norm
        FROM unnest($2::text[]) AS wanted (title)
        CROSS JOIN LATERAL (
    """,
    _each_tier(
        """
            (SELECT id, popularity, title_norm, artists_norm
             FROM (
                SELECT * FROM song_search WHERE tier = TIER AND title_norm = wanted.title
                ORDER BY popularity DESC, id DESC LIMIT 100
             ) AS titled
             WHERE ($3::text IS NULL OR lexemes @@ $3::text::tsquery) AND IN_RANGE
             LIMIT 4)
            UNION ALL
        """
    )
    .rstrip()
    .removesuffix("UNION ALL"),
    """
        ) AS titled
    ),
    """,
    _each_tier(
        """
        matches_TIER AS MATERIALIZED (
            SELECT id, popularity, title_norm, artists_norm
            FROM song_search WHERE tier = TIER AND lexemes @@ (SELECT tiers FROM terms) AND IN_RANGE
        ),
        tier_TIER AS MATERIALIZED (
            SELECT * FROM matches_TIER
            WHERE (SELECT COUNTED < 20 AND IN_TIME)
            LIMIT 128
        ),
        """
    )
    .rstrip()
    .removesuffix(","),
    """
    SELECT id, popularity, title_norm, artists_norm FROM delta
    UNION SELECT id, popularity, title_norm, artists_norm FROM exact
    """,
    _each_tier("UNION SELECT id, popularity, title_norm, artists_norm FROM tier_TIER\n"),
)

_TIERS_SQL: Final[LiteralString] = _search(
    "($8::integer[])",
    "($9::integer[])",
    "",
    _each_tier(
        """
        matches_TIER AS MATERIALIZED (
            SELECT id, popularity, title_norm, ctid AS tid
            FROM song_search WHERE tier = TIER AND lexemes @@ (SELECT tiers FROM terms) AND IN_RANGE
        ),
        """
    ),
    """
    delta AS MATERIALIZED (
        SELECT * FROM (
            SELECT id, ARRAY[(title_norm = $2)::integer, popularity, id] AS place
            FROM song_search WHERE tier = 0 AND lexemes @@ ($1::text[])[1]::tsquery AND IN_RANGE
        ) AS matches
        WHERE $4::integer = 0 AND place < $5::bigint[]
        ORDER BY place DESC
        LIMIT $3::bigint
    )
    SELECT id, 0 AS tier, '(0,0)'::tid AS tid, place AS delta FROM delta
    """,
    _each_tier(
        """
        UNION ALL
        SELECT id, TIER, tid, NULL FROM matches_TIER
        WHERE $4 <= TIER AND tid > ($7::text[]::tid[])[TIER]
          AND NOT (title_norm = $2 AND ARRAY[popularity, id] >= $6::bigint[])
        """
    ),
    """
    LIMIT $3
    """,
)

RANKED: Final[dict[SearchKind, LiteralString]] = {kind: kind.sql(_RANKED_SQL) for kind in KINDS}
TIERS_BEHIND: Final[dict[SearchKind, LiteralString]] = {
    kind: kind.sql(_TIERS_SQL) for kind in KINDS
}
CANDIDATES: Final[dict[SearchKind, LiteralString]] = {
    kind: kind.sql(_CANDIDATES_SQL) for kind in KINDS
}
