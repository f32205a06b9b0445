"""Everything on one machine: what `make run` shows."""

import asyncio
import json
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import uvicorn
from dotenv import dotenv_values
from rich.console import Console
from rich.text import Text

from app.asgi import create_app
from app.connections import uvicorn_options
from app.embedded import Stack, start_stack
from app.embedded.ports import choose_ports, is_free
from app.ingesting import add_music
from app.podcasts import add_podcast
from app.services import open_bucket, open_connection
from app.settings import DEMO_ENV_FILE, Settings, read_settings
from db.migrate import migrate
from demo.synthetic.catalogue import Catalogue
from demo.synthetic.fill import fill
from demo.synthetic.remove import remove
from resolvers.auth.keys import new_key

MUSIC: Final = Path(__file__).parent.parent / "demo" / "music"
PODCAST: Final = MUSIC.parent / "podcast" / "feed.xml"
PREFERRED_PORT: Final = 8000
CATALOGUE_FILE: Final = "catalogue.json"
CATALOGUE_SEED: Final = 1
LOCAL_ORIGINS: Final = ("http://localhost:*", "http://127.0.0.1:*")
"""Where front-end developers serve their apps from."""

LIMITS: Final = {
    "RATE_LIMIT_ADDRESS": 1_000_000,
    "SIGN_IN_LIMIT_ADDRESS": 1_000,
    "SIGN_UP_LIMIT_ADDRESS": 1_000,
    "MAIL_LIMIT_ADDRESS": 1_000,
}
"""Ten times the usual and more: all that is tried on a laptop comes from one address."""

BUCKET_ORIGINS: Final = ("http://*",)
"""The same for SeaweedFS, which knows no wildcard for a port. A URL must be signed all the same."""

EXAMPLES: Final = {
    "songs that are found by “beet”, with what plays them": (
        '{ search(query: "beet") { songs(first: 3) '
        "{ nodes { title artists { name } stream { url } } } } }"
    ),
    "an album, found, with its songs": (
        '{ search(query: "odes") { albums(first: 1) '
        "{ nodes { title year songs { nodes { trackNumber title } } } } } }"
    ),
    "some songs of each genre": (
        "{ genres { nodes { name songs(first: 2) { nodes { title } } } } }"
    ),
}


def run(directory: Path, port: int | None, console: Console, songs: int | None = None) -> None:
    """Runs the demo until it is interrupted. What it started has ended when this returns.

    `songs` are those of a synthetic catalogue: None leaves it as it is, 0 removes it.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    directory.mkdir(parents=True, exist_ok=True)
    with console.status("Starting") as status:

        def progress(message: str) -> None:
            status.update(message)

        with start_stack(directory, on_progress=progress) as stack:
            settings = write_settings(stack, directory / DEMO_ENV_FILE, port)
            asyncio.run(_prepare(settings, progress))
            if songs is not None:
                _set_catalogue(settings, directory / CATALOGUE_FILE, songs, progress)
            status.stop()
            try:
                _serve(settings, directory, console)
            finally:
                console.print("Stopping")


def write_settings(stack: Stack, env_file: Path, port: int | None) -> Settings:
    """Settings for the running stack, kept in a file that other commands find."""
    remembered = dotenv_values(env_file)
    if port is None:
        before = remembered.get("TONEARM_PORT") or ""
        wanted = int(before) if before.isdigit() else PREFERRED_PORT
        port = wanted if is_free(wanted) else choose_ports(["api"], {})["api"]
    values = {
        "TONEARM_DATABASE_URL": stack.database_url,
        "TONEARM_S3_BUCKET": stack.s3_bucket,
        "TONEARM_S3_REGION": stack.s3_region,
        "TONEARM_S3_ENDPOINT_URL": stack.s3_endpoint_url,
        "TONEARM_S3_ADDRESSING_STYLE": "path",
        "TONEARM_S3_ACCESS_KEY_ID": stack.s3_access_key_id,
        "TONEARM_S3_SECRET_ACCESS_KEY": stack.s3_secret_access_key,
        "TONEARM_TOKEN_KEYS": remembered.get("TONEARM_TOKEN_KEYS") or new_key(),
        "TONEARM_MAIL_URL": (env_file.parent.absolute() / "mail").as_uri(),
        "TONEARM_PLAYER_URL": f"http://127.0.0.1:{port}",
        "TONEARM_ANONYMOUS_STREAMING": "true",
        "TONEARM_DEVELOPMENT": "true",
        **{f"TONEARM_{name}": str(most) for name, most in LIMITS.items()},
        "TONEARM_PORT": str(port),
        "TONEARM_CORS_ORIGINS": ",".join(LOCAL_ORIGINS),
    }
    env_file.touch(mode=0o600)
    env_file.write_text("".join(f"{name}={value}\n" for name, value in values.items()))
    return read_settings(env_file)


async def _prepare(settings: Settings, progress: Callable[[str], None]) -> None:
    progress("Preparing the database")
    async with open_connection(settings) as connection:
        await migrate(connection)
    progress("Preparing the object store")
    async with open_bucket(settings) as objects:
        await objects.ensure_bucket()
        await objects.set_cors(BUCKET_ORIGINS)
    progress("Adding the demo library")
    await add_music(settings, [MUSIC])
    await add_podcast(settings, PODCAST)


def _set_catalogue(
    settings: Settings, file: Path, songs: int, progress: Callable[[str], None]
) -> None:
    """Brings the synthetic catalogue to about `songs` songs. `file` tells what is there already;
    it is written last, so that one which was half-made is made anew."""
    known = {"songs": songs, "seed": CATALOGUE_SEED}
    if file.exists() and json.loads(file.read_text()) == known:
        return
    file.unlink(missing_ok=True)
    url = str(settings.database_url)
    asyncio.run(remove(url, progress))
    if songs:
        catalogue = Catalogue(CATALOGUE_SEED, songs)
        asyncio.run(fill(url, catalogue, datetime.now(UTC), progress))
        file.write_text(json.dumps(known))


def _serve(settings: Settings, directory: Path, console: Console) -> None:
    config = uvicorn.Config(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        **uvicorn_options(settings.keep_alive_seconds),
    )
    server = uvicorn.Server(config)

    async def serve() -> None:
        serving = asyncio.create_task(server.serve())
        while not server.started and not serving.done():  # noqa: ASYNC110 (uvicorn has no event)
            await asyncio.sleep(0.02)
        if server.started:
            console.print(welcome(settings, directory), soft_wrap=True)
        await serving

    with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
        runner.run(serve())


def welcome(settings: Settings, directory: Path) -> Text:
    """What is where, and three queries to try."""
    api = f"http://{settings.host}:{settings.port}"
    text = Text.assemble(
        "\n",
        ("Tonearm is playing.", "bold green"),
        "\n\n",
        ("  Player     ", "bold"),
        f"{api}/\n",
        ("  GraphiQL   ", "bold"),
        f"{api}/graphiql\n",
        ("  GraphQL    ", "bold"),
        f"{api}/graphql\n",
        ("  S3         ", "bold"),
        f"{settings.s3_endpoint_url}\n",
        ("  Mail       ", "bold"),
        f"{directory}/mail/ (what people would get)\n",
        ("  Data, logs ", "bold"),
        f"{directory}/ (delete it to begin anew)\n\n",
        "Three queries to try:\n\n",
    )
    for title, query in EXAMPLES.items():
        body = json.dumps({"query": query})
        text.append(f"  # {title}\n", "dim")
        text.append(f"  curl -s {api}/graphql -H 'content-type: application/json' -d '{body}'\n\n")
    text.append("Your own music, from another terminal:  ")
    text.append(".venv/bin/tonearm ingest ~/Music\n", "bold")
    text.append("Ctrl-C ends everything.\n")
    return text
