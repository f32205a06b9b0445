"""Giving artists other names, by which they and their songs are found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from db.artist_aliases import insert_artist_aliases
from db.artists import select_artist_keys, select_artists
from db.rows import Connection
from db.search import upsert_artists
from db.search.catalogue import select_artist_documents
from db.search.renames import drain_renames, upsert_rename
from ingest.identity import artist_keys
from ingest.tags import Credit
from resolvers.errors import BadInput
from resolvers.ids import parse_id

BATCH: Final = 500
MAX_ALIAS_CHARACTERS: Final = 500


@dataclass(frozen=True, slots=True)
class AliasesAdded:
    """Artists that have got new names, songs that are found by them, and names of nobody here."""

    artists: int
    songs: int
    unknown: list[str]


async def add_aliases(connection: Connection, aliases: Mapping[str, Sequence[str]]) -> AliasesAdded:
    """Gives artists other names; artists are told by their id or by their name.

    `connection` must be outside of a transaction. When it is interrupted, do it again: what is
    done is not done twice, and `tonearm search refresh` does the songs that are left. Raises
    `BadInput`.
    """
    for names in aliases.values():
        for name in names:
            if not name.strip() or "\0" in name or len(name) > MAX_ALIAS_CHARACTERS:
                raise BadInput(f"{name[:80]!r} is no alias: it takes 1 to 500 characters, no NUL")
    artist_ids = await _artist_ids(connection, list(aliases))
    pairs = [
        (artist_ids[artist], name.strip())
        for artist, names in aliases.items()
        for name in names
        if artist in artist_ids
    ]
    changed = 0
    for at in range(0, len(pairs), BATCH):
        batch = pairs[at : at + BATCH]
        async with connection.transaction():
            ids = await insert_artist_aliases(
                connection, [artist_id for artist_id, _ in batch], [name for _, name in batch]
            )
            await upsert_artists(connection, await select_artist_documents(connection, ids))
            for artist_id in sorted(ids):
                await upsert_rename(connection, "artist", artist_id)
        changed += len(ids)
    unknown = [artist for artist in aliases if artist not in artist_ids]
    return AliasesAdded(changed, await drain_renames(connection), unknown)


async def _artist_ids(connection: Connection, artists: Sequence[str]) -> dict[str, int]:
    """The ids of those artists that are here."""
    given = {name: parse_id(name, "artist").numbers[0] for name in artists if _is_id(name)}
    here = {row.id for row in await select_artists(connection, list(given.values()))}
    keys = {name: artist_keys(Credit(name))[0] for name in artists if name not in given}
    found = await select_artist_keys(connection, list(keys.values()))
    by_key = {row.key: row.artist_id for row in found}
    return {name: number for name, number in given.items() if number in here} | {
        name: by_key[key] for name, key in keys.items() if key in by_key
    }


def _is_id(name: str) -> bool:
    try:
        parse_id(name, "artist")
    except BadInput:
        return False
    return True
