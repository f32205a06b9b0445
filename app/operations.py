"""What an operator does to a running system from the command line."""

from datetime import UTC, datetime

from rich.console import Console

from app.services import open_bucket, open_connection
from app.settings import Settings
from db.migrate import migrate
from resolvers.ids import parse_id
from resolvers.withdrawal import restore, withdraw


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
