"""The command line, `tonearm`."""

import asyncio
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Annotated, Any, Final, NoReturn

import orjson
import typer
from rich.console import Console

from app import demo as demo_mode
from app import explain as explaining
from app import ingesting, operations, people, podcasts, serving, upkeep
from app import jobs as background
from app.aliases import load_aliases
from app.connections import uvicorn_options
from app.doctor import diagnose
from app.embedded import EmbeddedError
from app.logs import configure_logging
from app.redaction import secrets_of
from app.services import check_services
from app.settings import DEMO_DIRECTORY, Settings, SettingsError, find_settings, read_settings
from db.errors import DatabaseError
from resolvers.auth.keys import new_key
from resolvers.errors import DomainError
from resolvers.viewer import Role
from schema.schema import schema
from storage.errors import StorageError

EXPECTED: Final = (DatabaseError, DomainError, EmbeddedError, SettingsError, StorageError, OSError)
"""What ends a command with one line instead of a traceback."""

SDL_PATH: Final = Path(__file__).parent.parent / "schema" / "schema.graphql"

app = typer.Typer(
    help="Tonearm, the music streaming backend: search as you type, audio straight from S3.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
podcast_app = typer.Typer(help="Podcasts, from their feeds.", no_args_is_help=True)
app.add_typer(podcast_app, name="podcast")
search_app = typer.Typer(help="Look after the search tables.", no_args_is_help=True)
app.add_typer(search_app, name="search")
console = Console()
errors = Console(stderr=True)


def main() -> None:
    """Runs a command. Exit codes: 0 done, 1 not done, 2 wrong usage, 130 interrupted."""
    try:
        app()
    except EXPECTED as error:
        fail(str(error) or type(error).__name__)
    except KeyboardInterrupt:
        sys.exit(130)


def fail(message: str) -> NoReturn:
    errors.print(f"tonearm: {' '.join(message.split())}", style="red", markup=False, soft_wrap=True)
    sys.exit(1)


def run(command: Callable[[Settings], Coroutine[Any, Any, int]]) -> None:
    settings = find_settings()
    configure_logging("warning")
    sys.exit(asyncio.run(command(settings)))


@app.command()
def demo(
    directory: Annotated[
        Path, typer.Option(help="Where its data, logs and passwords are kept.")
    ] = DEMO_DIRECTORY,
    port: Annotated[
        int | None, typer.Option(help="Port of the API. [default: 8000, or a free one]")
    ] = None,
    catalogue: Annotated[
        int | None,
        typer.Option(
            help="Add about so many invented songs to explore; they play the demo's files. "
            "0 removes them. Kept until changed.",
            min=0,
            max=10_000_000,
            metavar="SONGS",
        ),
    ] = None,
) -> None:
    """Start everything on this machine: PostgreSQL, S3, a small library, the API, GraphiQL."""
    configure_logging("warning")
    demo_mode.run(directory, port, console, catalogue)


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address; else TONEARM_HOST.")] = None,
    port: Annotated[int | None, typer.Option(help="Port; else TONEARM_PORT.")] = None,
    workers: Annotated[
        int | None, typer.Option(help="Worker processes; else TONEARM_WORKERS.", min=1)
    ] = None,
) -> None:
    """Serve the API, configured by the environment or by .env."""
    settings = read_settings()
    check_services(settings)
    configure_logging(settings.log_level, settings.log_format, secrets_of(settings))
    serving.serve(
        "app.asgi:create_app_from_environment",
        host or settings.host,
        settings.port if port is None else port,
        workers or settings.workers,
        uvicorn_options(settings.keep_alive_seconds),
    )


@app.command()
def migrate() -> None:
    """Bring the database up to this version."""
    run(lambda settings: operations.migrate_database(settings, console))


@app.command()
def bucket() -> None:
    """Make the bucket if there is none, and let the pages of TONEARM_CORS_ORIGINS read from it."""
    run(lambda settings: operations.prepare_bucket(settings, console))


@app.command()
def ingest(
    paths: Annotated[list[Path], typer.Argument(help="Audio files, and folders of them.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
    concurrency: Annotated[int, typer.Option(help="Files worked on at once.", min=1, max=64)] = 4,
) -> None:
    """Add music: MP3, FLAC, M4A, Ogg Vorbis, Opus and WAV.

    Run it again at any time: what has not changed is not read again.
    """
    run(
        lambda settings: ingesting.ingest_paths(
            settings, paths, dry_run=dry_run, as_json=json, concurrency=concurrency
        )
    )


@podcast_app.command(name="add")
def add_podcasts(
    feeds: Annotated[
        list[str], typer.Argument(help="URLs of feeds (RSS, Atom), or files that hold one.")
    ],
    fetch: Annotated[
        int | None,
        typer.Option(
            help="Keep the audio of the newest so many episodes in our own store. The others are "
            "linked, as all are by default; 0 links them from now on.",
            min=0,
        ),
    ] = None,
) -> None:
    """Add podcasts, or refresh those that are known."""
    run(lambda settings: podcasts.add(settings, feeds, fetch, console, errors))


@podcast_app.command(name="refresh")
def refresh_podcasts(
    shows: Annotated[
        list[str] | None, typer.Argument(help="Ids of shows, as the API gives them.")
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="All shows, also those that are not due.")
    ] = False,
) -> None:
    """Look for new episodes: of the shows named, or else of those that are due."""
    run(lambda settings: podcasts.refresh(settings, shows or [], every, console, errors))


@podcast_app.command(name="remove")
def remove_podcast(
    show: Annotated[str, typer.Argument(help="The show's id, as the API gives it.")],
) -> None:
    """Remove a podcast with its episodes."""
    run(lambda settings: podcasts.remove(settings, show, console))


@podcast_app.command(name="list")
def list_podcasts() -> None:
    """List the podcasts, and what is wrong with their feeds."""
    run(lambda settings: podcasts.show_list(settings, console))


@app.command()
def cleanup() -> None:
    """Delete uploads that nobody completed, and finish what merges and deletions have left."""
    run(lambda settings: background.do_cleanup(settings, console))


@app.command()
def withdraw(
    song: Annotated[str, typer.Argument(help="The song's id, as the API gives it.")],
) -> None:
    """Withdraw a song: it is not found any more, and its URLs end with their window."""
    run(lambda settings: operations.withdraw_song(settings, song, console))


@app.command()
def restore(
    song: Annotated[str, typer.Argument(help="The song's id, as the API gives it.")],
) -> None:
    """Restore a song that was withdrawn."""
    run(lambda settings: operations.restore_song(settings, song, console))


user = typer.Typer(help="Make people, and say what they may do.", no_args_is_help=True)
app.add_typer(user, name="user")
Name = Annotated[str, typer.Argument(help="The user name.")]


@user.command(name="create")
def create_user(
    name: Name,
    email: Annotated[str | None, typer.Option(help="The address; it needs no proof.")] = None,
    role: Annotated[Role, typer.Option(help="What they may do.", case_sensitive=False)] = (
        Role.LISTENER
    ),
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password; else one is made up.")
    ] = False,
) -> None:
    """Make a person who can sign in."""
    run(
        lambda settings: people.create_person(
            settings,
            name,
            email=email,
            role=role,
            password_stdin=password_stdin,
            console=console,
        )
    )


@user.command(name="role")
def set_role(
    name: Name,
    role: Annotated[Role, typer.Argument(help="What they may do.", case_sensitive=False)],
) -> None:
    """Say what a person may do: LISTENER, CURATOR or ADMIN."""
    run(lambda settings: people.set_role(settings, name, role, console))


@user.command()
def disable(name: Name) -> None:
    """Sign a person out everywhere and let them sign in no more."""
    run(lambda settings: people.disable_person(settings, name, console))


@user.command()
def enable(name: Name) -> None:
    """Let a person who was disabled sign in again."""
    run(lambda settings: people.enable_person(settings, name, console))


@app.command()
def rollup() -> None:
    """Turn plays into popularity now. Any number of these may run at once."""
    run(lambda settings: background.do_rollup(settings, console))


@app.command()
def jobs() -> None:
    """Do what is due in the background: deletions of accounts, exports, similar songs. Any number
    of these may run at once. Exit code 1 when something failed; it stays due."""
    run(lambda settings: background.do_jobs(settings, console))


similar_app = typer.Typer(help="Songs and artists that go together.", no_args_is_help=True)
app.add_typer(similar_app, name="similar")


@similar_app.command(name="refresh")
def refresh_similar() -> None:
    """Count what people listen to together now. Any number of these may run at once."""
    run(lambda settings: background.do_similar(settings, console))


@app.command()
def rename(
    id_: Annotated[
        str, typer.Argument(metavar="ID", help="An artist's or album's id, as the API gives it.")
    ],
    name: Annotated[str, typer.Argument(help="The new name.")],
) -> None:
    """Rename an artist or an album: it is found by the new name, and so are all its songs."""
    run(lambda settings: upkeep.rename(settings, id_, name, console))


@app.command()
def aliases(
    file: Annotated[
        Path,
        typer.Argument(
            help='JSON, {"Кино": ["Kino"]}, or CSV with lines `artist,alias`.',
            exists=True,
            dir_okay=False,
        ),
    ],
) -> None:
    """Give artists other names, from a file: they and their songs are found by them.

    An artist is told by name or id. Run it again at any time. Exit code 1 when one is not here.
    """
    run(lambda settings: load_aliases(settings, file, console))


@search_app.command()
def status() -> None:
    """Show how the search tables stand, and what is due. Exit code 1 when something is."""
    run(lambda settings: upkeep.show_status(settings, console))


@search_app.command()
def refresh() -> None:
    """Empty the delta tier: cheap, to be run every hour. Searches and writes go on."""
    run(lambda settings: upkeep.refresh_search(settings, console))


@search_app.command()
def rebuild(
    from_catalogue: Annotated[
        bool,
        typer.Option(
            "--from-catalogue", help="Make the rows anew as well: after an update that says so."
        ),
    ] = False,
) -> None:
    """Put all rows into order of popularity. Searches and writes go on; an interrupted rebuild
    goes on where it was."""
    run(lambda settings: upkeep.rebuild_search(settings, console, anew=from_catalogue))


@app.command()
def doctor() -> None:
    """Check the database, the object store and the settings, and say how to mend them."""
    run(lambda settings: diagnose(settings, console))


@app.command()
def explain(
    query: Annotated[str, typer.Argument(help="A query, or a file with one, or - for stdin.")],
    variables: Annotated[str, typer.Option(help="Its variables, as a JSON object.")] = "{}",
    operation: Annotated[
        str | None, typer.Option(help="Which operation, where there are several.")
    ] = None,
    code: Annotated[bool, typer.Option("--code", help="Show the code of the plan, too.")] = False,
) -> None:
    """Run a query, and show its plan, its statements and what takes how long."""
    if query == "-":
        query = sys.stdin.read()
    elif query.endswith(".graphql"):
        query = Path(query).read_text(encoding="utf-8")
    try:
        values = orjson.loads(variables)
    except orjson.JSONDecodeError as error:
        fail(f"--variables is not JSON: {error}")
    if not isinstance(values, dict):
        fail('--variables takes a JSON object, as in {"text": "hello"}')
    run(lambda settings: explaining.explain(settings, query, values, operation, console, code=code))


@app.command()
def key() -> None:
    """Print a new key for TONEARM_TOKEN_KEYS."""
    sys.stdout.write(new_key() + "\n")


@app.command(name="schema")
def print_schema(
    write: Annotated[
        bool, typer.Option("--write", help="Write it to schema/schema.graphql instead.")
    ] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Compare it with schema/schema.graphql instead.")
    ] = False,
) -> None:
    """Print the GraphQL schema in the schema definition language."""
    sdl = schema.as_str() + "\n"
    if write:
        SDL_PATH.write_text(sdl, encoding="utf-8")
    elif check:
        if not SDL_PATH.exists() or SDL_PATH.read_text(encoding="utf-8") != sdl:
            fail("schema/schema.graphql is not what the code says: run `make schema`")
    else:
        sys.stdout.write(sdl)


if __name__ == "__main__":
    main()
