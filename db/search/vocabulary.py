"""The words that search knows, and how many rows have each: what typing errors are corrected by.

Words are those of the lexemes, without the beginnings and filters among them (documents.py), and
without Chinese and Japanese, whose characters are words.
"""

from collections.abc import Iterable
from typing import Final, LiteralString

from db.normalise import is_cjk
from db.rows import Connection
from db.search.beginnings import rebuild_beginnings

MAX_WORD_CHARACTERS: Final = 40
"""Longer words are not corrected."""

_WORD: Final[LiteralString] = (
    # No filter, no beginning, not Chinese or Japanese; at most 40 characters.
    r"'^[^A-Z^\u3005-\u3007\u3041-\u30ff\u3105-\u312f\u31f0-\u31ff\u3400-\u9fff\uf900-\ufaff]"
    r".{0,39}$'"
)


def vocabulary_words(lexemes: Iterable[str]) -> list[str]:
    """The words among lexemes."""
    return [
        lexeme
        for lexeme in lexemes
        if len(lexeme) <= MAX_WORD_CHARACTERS
        and not "A" <= lexeme[0] <= "Z"
        and lexeme[0] != "^"
        and not is_cjk(lexeme)
    ]


async def insert_words(connection: Connection, lexemes: Iterable[str]) -> None:
    """Adds the words among lexemes that are not known yet; call it in the transaction that writes
    the rows. They are counted by the next `rebuild_vocabulary`."""
    await connection.execute(
        """
        INSERT INTO search_words (word, frequency)
        SELECT word, 1 FROM unnest($1::text[]) AS new (word)
        WHERE NOT EXISTS (SELECT FROM search_words AS known WHERE known.word = new.word)
        ORDER BY word
        ON CONFLICT (word) DO NOTHING
        """,
        list(dict.fromkeys(vocabulary_words(lexemes))),
    )


async def rebuild_vocabulary(connection: Connection) -> int:
    """Counts the words anew, and the heavy beginnings, while searches and writes go on; gives how
    many words there are.

    It reads every search row: give the session no statement timeout, and `work_mem` for all words
    (200 bytes each), else it sorts on disk.
    """
    async with connection.transaction():
        await create_counted_words(connection)
        await upsert_counted_words(connection)
        await delete_uncounted_words(connection)
        await connection.execute("DROP TABLE counted_words")
    await connection.execute("ANALYZE search_words")
    await rebuild_beginnings(connection)
    words: int = await connection.fetchval("SELECT count(*) FROM search_words")
    return words


async def create_counted_words(connection: Connection) -> None:
    """Counts the rows of each word into a temporary table. A song's row has the words of its
    artists and album as well: the other two tables only add words that no song has."""
    await connection.execute(
        """
        CREATE TEMPORARY TABLE counted_words ON COMMIT DROP AS
        WITH counted AS (
            SELECT word, count(*)::integer AS frequency
            FROM song_search, unnest(tsvector_to_array(lexemes)) AS word
            WHERE word NOT LIKE '^%'
            GROUP BY word
        ), others AS (
            SELECT lexemes FROM artist_search UNION ALL SELECT lexemes FROM album_search
        )
        SELECT word COLLATE "C" AS word, frequency
        FROM (
            SELECT word, frequency FROM counted
            UNION ALL
            SELECT word, count(*)::integer
            FROM others, unnest(tsvector_to_array(lexemes)) AS word
            WHERE word NOT LIKE '^%' AND word NOT IN (SELECT word FROM counted)
            GROUP BY word
        ) AS counted_once
        WHERE word ~ $1
        """.replace("$1", _WORD)
    )
    await connection.execute("CREATE UNIQUE INDEX ON counted_words (word)")
    await connection.execute("ANALYZE counted_words")


async def upsert_counted_words(connection: Connection) -> None:
    """Writes the counts that have changed."""
    await connection.execute(
        """
        INSERT INTO search_words (word, frequency)
        SELECT word, frequency FROM counted_words AS counted
        WHERE NOT EXISTS (
            SELECT FROM search_words AS known
            WHERE known.word = counted.word AND known.frequency = counted.frequency
        )
        ORDER BY word
        ON CONFLICT (word) DO UPDATE SET frequency = excluded.frequency
        """
    )


async def delete_uncounted_words(connection: Connection) -> None:
    """Forgets words that no row has any more. One that is written at this moment may be lost to
    correction until the next rebuild."""
    await connection.execute(
        """
        DELETE FROM search_words AS known
        WHERE NOT EXISTS (SELECT FROM counted_words AS counted WHERE counted.word = known.word)
        """
    )
