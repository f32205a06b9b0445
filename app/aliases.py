"""`tonearm aliases`: other names of artists, from a file."""

import csv
import json
from pathlib import Path
from typing import Final

from rich.console import Console

from app.services import open_connection
from app.settings import Settings
from resolvers.aliases import add_aliases
from resolvers.errors import BadInput

_FORMS: Final = (
    'a JSON object, {"Кино": ["Kino"]}, or a CSV file with a line `artist,alias` for each alias'
)


async def load_aliases(settings: Settings, path: Path, console: Console) -> int:
    """0 when every artist of the file is known, 1 when one is not."""
    aliases = read_aliases(path)
    async with open_connection(settings) as connection:
        added = await add_aliases(connection, aliases)
    console.print(
        f"{added.artists} artists have got other names, and {added.songs} songs are found by them.",
        highlight=False,
    )
    for name in added.unknown:
        console.print(f"not here: {name}", style="yellow", markup=False, highlight=False)
    return 1 if added.unknown else 0


def read_aliases(path: Path) -> dict[str, list[str]]:
    """The aliases of each artist, who is told by id or name; raises `BadInput`."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput(f"{path} is not in UTF-8") from error
    aliases: dict[str, list[str]] = {}
    if path.suffix.lower() == ".json":
        for artist, names in _json(path, text).items():
            aliases[artist] = [names] if isinstance(names, str) else names
            if not all(isinstance(name, str) for name in aliases[artist]):
                raise BadInput(f"{path}: the aliases of {artist!r} are not a list of texts")
        return aliases
    for number, row in enumerate(csv.reader(text.splitlines()), 1):
        if not row or (number == 1 and [cell.lower() for cell in row] == ["artist", "alias"]):
            continue
        if len(row) != 2:
            raise BadInput(f"{path}, line {number}: not two values; give {_FORMS}")
        aliases.setdefault(row[0], []).append(row[1])
    return aliases


def _json(path: Path, text: str) -> dict[str, str | list[str]]:
    try:
        read: object = json.loads(text)
    except ValueError as error:
        raise BadInput(f"{path} is not JSON ({error}); give {_FORMS}") from error
    if not isinstance(read, dict) or not all(isinstance(n, (str, list)) for n in read.values()):
        raise BadInput(f"{path}: give {_FORMS}")
    return read
