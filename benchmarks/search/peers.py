"""Other ways to search the same songs: ILIKE with trigrams, plain tsvector, tantivy."""

import re
import shutil
import time
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from benchmarks.search.measure import FIRST, Search
from db.normalise import is_cjk, normalise, query_words
from db.rows import Connection

PEERS: Final = ("trigram", "tsvector", "tantivy")


async def create_peer_table(connection: Connection) -> float:
    """A row for each song: its words as text and as a tsvector. Gives the seconds it took."""
    started = time.perf_counter()
    await connection.execute(
        """
        CREATE EXTENSION IF NOT EXISTS pg_trgm;
        CREATE TABLE peer_songs AS
        SELECT id, popularity, array_to_string(words, ' ') AS words,
               array_to_tsvector(words) AS vector
        FROM song_search
        CROSS JOIN LATERAL (
            SELECT array_agg(lexeme) FILTER (WHERE lexeme !~ '^[\\^A-Z]') AS words
            FROM unnest(tsvector_to_array(lexemes)) AS lexeme
        ) AS word
        WHERE words IS NOT NULL;
        """
    )
    return time.perf_counter() - started


async def create_trigram_index(connection: Connection) -> float:
    started = time.perf_counter()
    await connection.execute(
        "CREATE INDEX peer_songs_trigram ON peer_songs USING gin (words gin_trgm_ops)"
    )
    return time.perf_counter() - started


async def create_tsvector_index(connection: Connection) -> float:
    started = time.perf_counter()
    await connection.execute("CREATE INDEX peer_songs_vector ON peer_songs USING gin (vector)")
    return time.perf_counter() - started


def trigram_search(connection: Connection) -> Search:
    """Every word anywhere in the text, the most popular songs first."""

    async def search(text: str) -> Sequence[int]:
        patterns = [f"%{_like(word)}%" for word in normalise(text).split()]
        if not patterns:
            return []
        # Not `ILIKE ALL ($1)`, which no index serves.
        conditions = " AND ".join(f"words ILIKE ${n}" for n in range(2, len(patterns) + 2))
        rows = await connection.fetch(
            f"SELECT id FROM peer_songs WHERE {conditions} ORDER BY popularity DESC LIMIT $1",
            FIRST,
            *patterns,
        )
        return [row["id"] for row in rows]

    return search


def _like(word: str) -> str:
    return re.sub(r"([\\%_])", r"\\\1", word)


def tsvector_search(connection: Connection) -> Search:
    """All words, the last one as a beginning, the most popular songs first."""

    async def search(text: str) -> Sequence[int]:
        terms = ["'" + w.replace("\\", "\\\\").replace("'", "''") + "'" for w in query_words(text)]
        if not terms:
            return []
        rows = await connection.fetch(
            """
            SELECT id FROM peer_songs WHERE vector @@ $1::text::tsquery
            ORDER BY popularity DESC LIMIT $2
            """,
            " & ".join(terms) + ":*",
            FIRST,
        )
        return [row["id"] for row in rows]

    return search


class Tantivy:
    """An index in a directory, asked in this process: without a client's way to a server."""

    def __init__(self, directory: Path) -> None:
        self._tantivy: Any = import_module("tantivy")  # only installed for benchmarks
        self._directory = directory
        builder = self._tantivy.SchemaBuilder()
        builder.add_integer_field("id", stored=True, fast=True)
        builder.add_unsigned_field("popularity", fast=True)
        builder.add_text_field("words", tokenizer_name="whitespace", index_option="basic")
        self._schema: Any = builder.build()

    async def build(self, connection: Connection) -> float:
        """Indexes the rows of the peers' table; gives the seconds it took."""
        started = time.perf_counter()
        shutil.rmtree(self._directory, ignore_errors=True)
        self._directory.mkdir(parents=True)
        index = self._tantivy.Index(self._schema, path=str(self._directory))
        writer = index.writer(heap_size=512 << 20, num_threads=2)
        async with connection.transaction():
            rows = connection.cursor("SELECT id, popularity, words FROM peer_songs", prefetch=5000)
            async for row in rows:
                document = self._tantivy.Document()
                document.add_integer("id", row["id"])
                document.add_unsigned("popularity", row["popularity"])
                document.add_text("words", row["words"])
                writer.add_document(document)
        writer.commit()
        writer.wait_merging_threads()
        return time.perf_counter() - started

    def size(self) -> int:
        return sum(path.stat().st_size for path in self._directory.rglob("*") if path.is_file())

    def search(self, *, typos: bool) -> Search:
        """By popularity; with `typos`, asked again with edits allowed where nothing is found."""
        index = self._tantivy.Index.open(str(self._directory))
        index.reload()
        searcher = index.searcher()

        def ask(words: Sequence[str], *, fuzzy: bool) -> list[int]:
            found = searcher.search(
                self._query(words, fuzzy=fuzzy), FIRST, count=False, order_by_field="popularity"
            )
            return [searcher.doc(address)["id"][0] for _, address in found.hits]

        async def search(text: str) -> Sequence[int]:
            words = query_words(text)
            if not words:
                return []
            ids = ask(words, fuzzy=False)
            if typos and not ids and any(len(word) >= 4 for word in words):
                return ask(words, fuzzy=True)
            return ids

        return search

    def _query(self, words: Sequence[str], *, fuzzy: bool) -> Any:
        query, must = self._tantivy.Query, self._tantivy.Occur.Must
        parts: list[Any] = []
        for place, word in enumerate(words, 1):
            last = place == len(words) and not is_cjk(word)
            if fuzzy and len(word) >= 4:
                edits = 2 if len(word) > 7 else 1
                part = query.fuzzy_term_query(self._schema, "words", word, edits, True, last)
            elif last:
                part = query.regex_query(self._schema, "words", re.escape(word) + ".*")
            else:
                part = query.term_query(self._schema, "words", word, "basic")
            parts.append((must, part))
        return query.boolean_query(parts)
