"""The catalogue into the search table, through the program's own documents and its own rebuild.

The rows are copied by two processes into the last tier of a table without indexes; then the
rebuild puts them into their tiers, in order, and indexes them.
"""

import asyncio
import multiprocessing
import time
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Any, Final

import asyncpg

from benchmarks.search.catalogue import Catalogue
from benchmarks.search.words import LANGUAGES, words_of
from db.pool import connect
from db.rows import Connection
from db.search import SONGS
from db.search.documents import SearchRow
from db.search.rebuild import rebuild

PROCESSES: Final = 2
ARTISTS_PER_COPY: Final = 500
COLUMNS: Final = [*(name for name in SearchRow._fields if name != "lexemes"), "lexemes", "tier"]
COPY_BYTES: Final = 1 << 18


async def load(database_url: str, catalogue: Catalogue) -> dict[str, Any]:
    """Fills an empty, migrated database; gives the seconds that each part took."""
    for language in LANGUAGES:
        words_of(language)  # before the processes fork, which then share them
    facts: dict[str, Any] = {}
    async with connect(database_url) as connection:
        definitions = await _drop_indexes(connection)
    started = time.perf_counter()
    starts = range(0, catalogue.artists, ARTISTS_PER_COPY)
    with ProcessPoolExecutor(PROCESSES, multiprocessing.get_context("fork")) as processes:
        tasks = [processes.submit(_copy_part, database_url, catalogue, start) for start in starts]
        facts["songs"] = sum(task.result() for task in tasks)
    facts["copy_seconds"] = time.perf_counter() - started
    started = time.perf_counter()
    async with connect(database_url) as connection:
        await connection.execute("SET work_mem = '256MB'")
        await rebuild(connection, SONGS, lambda progress: print("  ", progress, flush=True))
        # The tiers have their indexes: these are recreated over them, at once.
        for definition in definitions:
            await connection.execute(definition)
        facts["rebuild_seconds"] = time.perf_counter() - started
        started = time.perf_counter()
        await connection.execute("VACUUM (ANALYZE)")
        facts["vacuum_seconds"] = time.perf_counter() - started
    return facts


async def _drop_indexes(connection: Connection) -> list[str]:
    """Drops the indexes of the search table; gives the statements that bring them back."""
    constraints = await connection.fetch(
        """
        SELECT conname, pg_get_constraintdef(oid) AS definition FROM pg_constraint
        WHERE conrelid = 'song_search'::regclass AND contype = 'p'
        """
    )
    indexes = await connection.fetch(
        """
        SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition
        FROM pg_index WHERE indrelid = 'song_search'::regclass AND NOT indisprimary
        """
    )
    definitions: list[str] = []
    for row in constraints:
        await connection.execute(f"ALTER TABLE song_search DROP CONSTRAINT {row['conname']}")
        definitions.append(f"ALTER TABLE song_search ADD {row['definition']}")
    for row in indexes:
        await connection.execute(f"DROP INDEX {row['name']}")
        # ON ONLY would leave the indexes of the partitions out.
        definitions.append(row["definition"].replace(" ON ONLY ", " ON "))
    return definitions


def _copy_part(database_url: str, catalogue: Catalogue, start: int) -> int:
    return asyncio.run(_copy(database_url, catalogue, start))


async def _copy(database_url: str, catalogue: Catalogue, start: int) -> int:
    artists = range(start, min(start + ARTISTS_PER_COPY, catalogue.artists))
    connection = await asyncpg.connect(database_url)
    try:
        tag = await connection.copy_to_table(
            "song_search",
            source=_lines(catalogue, artists),
            columns=COLUMNS,
            format="text",
        )
    finally:
        await connection.close()
    return int(tag.split()[-1])


async def _lines(catalogue: Catalogue, artists: Sequence[int]) -> AsyncIterator[bytes]:
    lines: list[str] = []
    size = 0
    for document in catalogue.documents(artists):
        line = copy_line(document.row())
        lines.append(line)
        size += len(line)
        if size > COPY_BYTES:
            yield "".join(lines).encode()
            lines, size = [], 0
    yield "".join(lines).encode()


def copy_line(row: SearchRow) -> str:
    """The row in the text format of COPY, in the last tier."""
    fields = row._asdict()
    lexemes = _tsvector(fields.pop("lexemes"))
    return "\t".join([*map(_field, fields.values()), lexemes, "4\n"])


def _field(value: object) -> str:
    if value is None:
        return r"\N"
    if isinstance(value, list):
        items = ['"' + item.replace("\\", "\\\\").replace('"', '\\"') + '"' for item in value]
        return _escaped("{" + ",".join(items) + "}")
    return _escaped(str(value))


def _tsvector(lexemes: Sequence[str]) -> str:
    quoted = "' '".join(lexemes)
    if "\\" in quoted or any("'" in lexeme for lexeme in lexemes):
        quoted = "' '".join(lexeme.replace("\\", "\\\\").replace("'", "''") for lexeme in lexemes)
    return _escaped(f"'{quoted}'")


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\t", r"\t").replace("\n", r"\n").replace("\r", r"\r")
