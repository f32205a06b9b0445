"""`tonearm ingest`, as a person sees it."""

import sys
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path

import orjson
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from app.services import open_bucket, open_database
from app.settings import Settings
from app.upkeep import refresh_when_due
from db.ids import lease_ids
from ingest.run import Event, Found, Summary, ingest


async def add_music(
    settings: Settings,
    paths: list[Path],
    *,
    concurrency: int = 4,
    dry_run: bool = False,
    on_event: Callable[[Event], None] = lambda event: None,
) -> Summary:
    """Ingests with the services that the settings name; see `ingest.run.ingest`. Refreshes the
    search when many songs have come."""
    async with AsyncExitStack() as stack:
        pool = await stack.enter_async_context(open_database(settings))
        objects = await stack.enter_async_context(open_bucket(settings))
        ids = None if dry_run else await stack.enter_async_context(lease_ids(pool))
        summary = await ingest(
            paths,
            pool=pool,
            objects=objects,
            ids=ids,
            concurrency=concurrency,
            dry_run=dry_run,
            on_event=on_event,
        )
    if summary.new_songs:
        await refresh_when_due(settings)
    return summary


async def ingest_paths(
    settings: Settings, paths: list[Path], *, dry_run: bool, as_json: bool, concurrency: int
) -> int:
    """Shows progress on standard error and the summary on standard output.

    0 when all music is in the catalogue, 1 when some of it is not.
    """
    with _progress() as progress:
        counts = progress.add_task("Finding", total=None, done=0, files=0)

        def on_event(event: Event) -> None:
            task = progress.tasks[0]
            if isinstance(event, Found):
                progress.update(
                    counts,
                    total=event.size_bytes,
                    files=event.files,
                    description="Reading" if event.complete else "Finding",
                )
            else:
                done = task.fields["done"] + 1
                progress.update(counts, advance=event.size_bytes, done=done)

        summary = await add_music(
            settings, paths, concurrency=concurrency, dry_run=dry_run, on_event=on_event
        )
    if as_json:
        sys.stdout.write(orjson.dumps(summary, option=orjson.OPT_INDENT_2).decode() + "\n")
    else:
        show_summary(summary, Console())
    return 1 if summary.problems else 0


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[done]}/{task.fields[files]} files"),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )


def show_summary(summary: Summary, console: Console) -> None:
    """What was done, then what was not, by name."""
    for remark in summary.notes:
        console.print(f"note: {remark.path}: {remark.reason}", markup=False, soft_wrap=True)
    for remark in summary.problems:
        console.print(
            f"not ingested: {remark.path}: {remark.reason}",
            style="red",
            markup=False,
            soft_wrap=True,
        )
    rate = summary.bytes_read / 1e6 / max(summary.seconds, 0.001)
    console.print(
        f"{'Would add' if summary.dry_run else 'Added'} {summary.new_songs} songs in "
        f"{summary.new_files} files; {summary.known} files were known, {summary.unchanged} "
        f"unchanged, {summary.not_music} are not music, {len(summary.problems)} failed.",
        soft_wrap=True,
    )
    console.print(
        f"Read {summary.bytes_read / 1e6:.1f} MB and uploaded {summary.bytes_uploaded / 1e6:.1f} "
        f"MB in {summary.seconds:.1f} s ({rate:.1f} MB/s).",
        highlight=False,
    )
