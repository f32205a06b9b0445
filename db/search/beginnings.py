"""Words that are still being typed and that very many rows begin with.

`'live':*` makes an index read the lists of all words that begin so, to the end, even where another
term has three rows: 40 ms at ten million songs. An OR of the most frequent of these words is read
only where the other terms are, so it takes the place of such a term, but for the delta tier, where
every word is found. The words left out are the rarest; each is found when it is typed further.
"""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from db.rows import Connection

HEAVY: Final = 3_000
"""Rows that have a beginning, above which it is looked up in `search_beginnings`."""

MOST_WORDS: Final = 64
"""Words that a beginning stands for; together they have 99 % of its rows."""

LENGTHS: Final = (4, 12)
"""Characters of the beginnings that are kept; longer ones are hardly ever heavy."""

PLACE: Final = "\x01"
"""Where the term of the beginning goes; no word has it."""

_TERM: Final = re.compile(r"'(?:[^'\\]|''|\\\\)*'(:\*)?")


class Terms(NamedTuple):
    """What a statement looks for.

    Attributes:
        delta: In PostgreSQL's syntax, as it was typed.
        tiers: The same, with `PLACE` instead of the beginning, if there is just one.
        beginning: That beginning; empty where there is none.
        term: It, in PostgreSQL's syntax, for when it is not heavy.
    """

    delta: str
    tiers: str
    beginning: str = ""
    term: str = ""


def terms_of(tsquery: str) -> Terms:
    """The terms of a query with at most one beginning; the statement looks that up by itself."""
    beginnings = _beginnings(tsquery)
    if len(beginnings) != 1:
        return Terms(tsquery, tsquery)
    [term] = beginnings
    return Terms(tsquery, _replaced(tsquery, {term: PLACE}), _text(term), term)


async def narrowed(connection: Connection, tsquery: str) -> Terms:
    """The terms of a query with any number of beginnings, which share the words of one: an index
    looks at all of an OR's words for each row that it considers."""
    beginnings = {term: _text(term) for term in _beginnings(tsquery)}
    if len(beginnings) < 2:
        return terms_of(tsquery)
    found = await select_beginnings(connection, list(beginnings.values()))
    most = max(MOST_WORDS // len(beginnings), 4)
    heavy = {
        term: f"({' | '.join(found[text][1:-1].split(' | ')[:most])})"
        for term, text in beginnings.items()
        if text in found
    }
    return Terms(tsquery, _replaced(tsquery, heavy))


def _beginnings(tsquery: str) -> list[str]:
    found = [match[0] for match in _TERM.finditer(tsquery) if match[1]]
    return list(dict.fromkeys(found))


def _text(term: str) -> str:
    """The beginning that `'live':*` is of."""
    return term[1:-3].replace("''", "'").replace("\\\\", "\\")


def _replaced(tsquery: str, terms: dict[str, str]) -> str:
    return _TERM.sub(lambda match: terms.get(match[0], match[0]), tsquery)


async def select_beginnings(connection: Connection, beginnings: Sequence[str]) -> dict[str, str]:
    """The terms of the heavy ones among beginnings."""
    rows = await connection.fetch(
        "SELECT beginning, term FROM search_beginnings WHERE beginning = ANY($1::text[])",
        beginnings,
    )
    return {row["beginning"]: row["term"] for row in rows}


async def rebuild_beginnings(connection: Connection) -> int:
    """Makes the heavy beginnings anew from the vocabulary, in one transaction; gives how many."""
    async with connection.transaction():
        await connection.execute("DELETE FROM search_beginnings")
        status = await connection.execute(
            """
            INSERT INTO search_beginnings (beginning, term)
            SELECT beginning, (
                SELECT '(' || string_agg(
                    '''' || replace(replace(word, '\\', '\\\\'), '''', '''''') || '''', ' | '
                ) || ')'
                FROM (
                    SELECT word FROM search_words
                    WHERE word >= beginning AND word < beginning || chr(1114111)
                    ORDER BY word = beginning DESC, frequency DESC, word
                    LIMIT $3::integer
                ) AS frequent
            )
            FROM (
                SELECT left(word, length) COLLATE "C" AS beginning
                FROM search_words
                CROSS JOIN LATERAL generate_series($1::integer, least(length(word), $2::integer))
                    AS length
                GROUP BY 1
                HAVING sum(frequency) > $4::integer
            ) AS heavy
            """,
            *LENGTHS,
            MOST_WORDS,
            HEAVY,
        )
    return int(status.split()[-1])
