"""Many rows at once: copied into a table without indexes, found after the next rebuild.

A song is written in the ordinary way at several thousand a second (db/search/write.py); this is for
millions. Hold `one_at_a_time` from the first row until the rebuild has ended.
"""

from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Final, cast

from db.rows import Connection
from db.search.documents import SearchRow
from db.search.kinds import SearchKind

BATCH_CHARACTERS: Final = 1 << 18


async def copy_rows(connection: Connection, kind: SearchKind, rows: Iterable[SearchRow]) -> int:
    """Copies rows that the search tables have not got yet; gives how many."""
    tag = await connection.copy_to_table(
        f"{kind.table}_bulk",
        source=_lines(rows),
        columns=[*SearchRow._fields, "tier"],
        format="text",
    )
    return int(tag.split()[-1])


async def analyze_bulk(connection: Connection, kind: SearchKind) -> None:
    """Tells the planner how much there is."""
    await connection.execute(kind.sql("ANALYZE song_search_bulk (id, popularity)"))


async def _lines(rows: Iterable[SearchRow]) -> AsyncIterator[bytes]:
    lines: list[str] = []
    size = 0
    for row in rows:
        line = copy_line(row)
        lines.append(line)
        size += len(line)
        if size > BATCH_CHARACTERS:
            yield "".join(lines).encode()
            lines, size = [], 0
    yield "".join(lines).encode()


def copy_line(row: SearchRow) -> str:
    """The row in the text format of COPY, and its tier, which the rebuild decides."""
    *fields, lexemes = row
    return "\t".join([*map(copy_field, fields), _tsvector(lexemes), "0\n"])


def copy_field(value: object) -> str:
    """A value in the text format of COPY; a list or tuple becomes an array."""
    if value is None:
        return r"\N"
    if isinstance(value, (list, tuple)):
        items = [_quoted(str(item)) for item in cast("Sequence[object]", value)]
        return _escaped("{" + ",".join(items) + "}")
    return _escaped(str(value))


def _quoted(item: str) -> str:
    return '"' + item.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _tsvector(lexemes: Sequence[str]) -> str:
    if not lexemes:
        return ""
    quoted = "' '".join(lexemes)
    if "\\" in quoted or any("'" in lexeme for lexeme in lexemes):
        quoted = "' '".join(lexeme.replace("\\", "\\\\").replace("'", "''") for lexeme in lexemes)
    return _escaped(f"'{quoted}'")


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\t", r"\t").replace("\n", r"\n").replace("\r", r"\r")
