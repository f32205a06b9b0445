"""What an operator does to a running system from the command line."""

from datetime import UTC, datetime

from rich.console import Console

from app.services import open_bucket, open_connection
from app.settings import Settings
from db.migrate import migrate
from resolvers.exports import LIFE as EXPORT_LIFE
from resolvers.ids import parse_id
from resolvers.uploads import LIFE as UPLOAD_LIFE
from resolvers.withdrawal import restore, withdraw
from storage.keys import EXPORTS, UPLOADS
from storage.objects import Objects


async def migrate_database(settings: Settings, console: Console) -> int:
    async with open_connection(settings) as connection:
        applied = await migrate(connection)
    for name in applied:
        console.print(f"applied {name}", markup=False)
    console.print("The database is up to date.")
    return 0


async def prepare_bucket(settings: Settings, console: Console) -> int:
    async with open_bucket(settings) as objects:
        await objects.ensure_bucket()
        await objects.set_cors(settings.cors_origins)
    origins = ", ".join(settings.cors_origins) or "no web app of another origin"
    console.print(f"{settings.s3_bucket} is there; it is read by: {origins}", markup=False)
    return 0


async def clean_up(settings: Settings, console: Console) -> int:
    """Deletes what was uploaded and never completed, and archives that a crash has left."""
    now = datetime.now(UTC)
    async with open_bucket(settings) as objects:
        uploads = await _delete_older(objects, UPLOADS, now - UPLOAD_LIFE)
        exports = await _delete_older(objects, EXPORTS, now - EXPORT_LIFE)
    console.print(f"Deleted {uploads} uploads that nobody completed, and {exports} old exports.")
    return 0


async def _delete_older(objects: Objects, prefix: str, before: datetime) -> int:
    """Deletes the objects under a prefix that were written before a time; how many."""
    deleted = 0
    async for item in objects.list(prefix):
        if item.last_modified < before:
            await objects.delete(item.key)
            deleted += 1
    return deleted


async def withdraw_song(settings: Settings, song: str, console: Console) -> int:
    song_id = parse_id(song, "song").numbers[0]
    async with open_connection(settings) as connection:
        await withdraw(connection, song_id, datetime.now(UTC))
    seconds = settings.stream_ttl_seconds + settings.stream_window_seconds
    console.print(f"Withdrawn. URLs that are already out end within {seconds // 60} minutes.")
    return 0


async def restore_song(settings: Settings, song: str, console: Console) -> int:
    async with open_connection(settings) as connection:
        await restore(connection, parse_id(song, "song").numbers[0])
    console.print("Restored: it is found and plays again.")
    return 0
