"""`tonearm search …` and `tonearm rename`: upkeep of search, as a person sees it."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from app.services import open_connection
from app.settings import Settings
from db.rows import Connection
from db.search.kinds import KINDS, SearchKind
from db.search.rebuild import Progress as Step
from db.search.rebuild import Report, rebuild
from db.search.refresh import refresh, refresh_vocabulary
from db.search.remake import remake
from db.search.renames import count_renames, drain_renames
from db.search.status import DELTA_ROWS, Status, select_status, select_vocabulary
from db.search.tiers import RebuildUnfinished, UpkeepRunning, count_tiers, select_state
from db.search.vocabulary import rebuild_vocabulary
from resolvers.errors import BadInput
from resolvers.ids import parse_id
from resolvers.renaming import rename_album, rename_artist

Upkeep = Callable[[Connection, SearchKind, Report], Awaitable[int]]

_UNITS: Final = ("B", "kB", "MB", "GB", "TB")


async def show_status(settings: Settings, console: Console) -> int:
    """0 when nothing is due, 1 when something is."""
    now = datetime.now(UTC)
    async with open_connection(settings) as connection:
        found = [await select_status(connection, kind) for kind in KINDS]
        renames = await count_renames(connection)
        words, word_bytes = await select_vocabulary(connection)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("", *(f"{status.kind.name}s" for status in found)):
        table.add_column(column, justify="right" if column else "left")
    tiers = max(n for status in found for n, rows in enumerate(status.rows) if rows or n == 1)
    for tier in range(tiers + 1):
        name = f"tier {tier}" if tier else "tier 0, the delta"
        table.add_row(name, *(f"{status.rows[tier]:,}" for status in found))
    rows: dict[str, Callable[[Status], str]] = {
        "moved since the rebuild": lambda status: f"{status.moved:,}",
        "generation": lambda status: str(status.generation),
        "rebuilt": lambda status: _age(status.rebuilt_at, now),
        "refreshed": lambda status: _age(status.refreshed_at, now),
        "tables": lambda status: _bytes(status.table_bytes),
        "indexes": lambda status: _bytes(status.index_bytes),
    }
    for name, value in rows.items():
        table.add_row(name, *map(value, found))
    console.print(table)
    console.print(f"Words in the vocabulary: {words:,}, {_bytes(word_bytes)}", highlight=False)
    due = [f"{status.kind.name}s: {why}" for status in found if (why := status.due(now))]
    if renames:
        due.append(f"refresh: songs of {renames} renamed artists and albums are to be done")
    for line in due:
        console.print(f"due  {line}", style="yellow", markup=False, highlight=False)
    if not due:
        console.print("Nothing is due.")
    return 1 if due else 0


@asynccontextmanager
async def _open_session(settings: Settings) -> AsyncGenerator[Connection, None]:
    """A session that may sort and index in memory."""
    async with open_connection(settings) as connection:
        await connection.execute("SET work_mem = '256MB'; SET maintenance_work_mem = '1GB'")
        yield connection


async def refresh_search(settings: Settings, console: Console) -> int:
    """Does the songs of renamed artists and albums, then empties the delta tiers."""
    async with _open_session(settings) as connection:
        songs = await drain_renames(connection)
        if songs:
            console.print(f"Songs of renamed artists and albums: {songs:,}", highlight=False)
        await _each_kind(connection, refresh)
        words = await refresh_vocabulary(connection)
    if words is not None:
        console.print(f"Words in the vocabulary: {words:,}", highlight=False)
    console.print("Refreshed.")
    return 0


async def refresh_when_due(settings: Settings) -> bool:
    """Refreshes the kinds whose delta tier slows searches down; says whether there were any. When
    other upkeep is running or was interrupted, that comes first."""
    refreshed = False
    async with _open_session(settings) as connection:
        for kind in KINDS:
            if (await count_tiers(connection, kind))[0] > DELTA_ROWS:
                with suppress(RebuildUnfinished, UpkeepRunning):
                    await refresh(connection, kind)
                    refreshed = True
    return refreshed


async def rebuild_search(settings: Settings, console: Console, *, anew: bool) -> int:
    """Rewrites all tiers; `anew` makes the rows from the catalogue, as does going on with that."""

    async def rebuild_kind(connection: Connection, kind: SearchKind, report: Report) -> int:
        begun = (await select_state(connection, kind)).remake is not None
        return await (remake if anew or begun else rebuild)(connection, kind, report)

    async with _open_session(settings) as connection:
        await drain_renames(connection)
        await _each_kind(connection, rebuild_kind)
        words = await rebuild_vocabulary(connection)
    console.print(f"Words in the vocabulary: {words:,}", highlight=False)
    console.print("Rebuilt.")
    return 0


async def rename(settings: Settings, global_id: str, name: str, console: Console) -> int:
    found = parse_id(global_id)
    async with open_connection(settings) as connection:
        if found.kind == "album":
            songs = await rename_album(connection, found.numbers[0], name)
        elif found.kind == "artist":
            songs = await rename_artist(connection, found.numbers[0], name)
        else:
            raise BadInput(f"`ID` takes the id of an artist or album, not of a {found.kind}")
    console.print(f"Renamed; {songs:,} songs are found by it.", highlight=False)
    return 0


async def _each_kind(connection: Connection, upkeep: Upkeep) -> None:
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[what]}"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
    ) as progress:
        tasks: dict[SearchKind, TaskID] = {}

        def report(step: Step) -> None:
            what = f"{step.what}, {step.rows:,} rows" if step.rows else step.what
            progress.update(tasks[step.kind], completed=step.step, total=step.steps, what=what)

        for kind in KINDS:
            tasks[kind] = progress.add_task(f"{kind.name}s", total=None, what="beginning")
            await upkeep(connection, kind, report)


def _age(then: datetime | None, now: datetime) -> str:
    if then is None:
        return "never"
    seconds = int((now - then).total_seconds())
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds // length} {unit} ago"
    return f"{max(seconds, 0)} s ago"


def _bytes(size: float) -> str:
    for unit in _UNITS:
        if size < 1000 or unit == _UNITS[-1]:
            break
        size /= 1000
    return f"{size:.1f} {unit}" if unit != "B" else f"{size:.0f} B"
