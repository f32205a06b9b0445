"""The command line, as a process."""

import asyncio
import json
import os
import re
import secrets
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from rich.console import Console

from app.jobs import do_cleanup
from app.services import open_bucket
from app.settings import PREFIX, Settings
from db.pool import Pool
from resolvers.auth.keys import parse_keys
from schema.schema import schema
from storage.keys import upload_key

ROOT = Path(__file__).parents[2]


def revealed(value: object) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)


@pytest.fixture
def environment(settings: Settings) -> dict[str, str]:
    """The environment of a command that uses the servers of the tests."""
    values = settings.model_dump(exclude_unset=True, exclude={"cors_origins"})
    own = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    return own | {PREFIX + name.upper(): revealed(value) for name, value in values.items()}


def tonearm(
    *arguments: str | Path, environment: dict[str, str], directory: Path = ROOT
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "app.cli", *map(str, arguments)],
        cwd=directory,
        env=environment | {"PYTHONPATH": str(ROOT), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_help_names_every_command(environment: dict[str, str]) -> None:
    ran = tonearm("--help", environment=environment)
    assert ran.returncode == 0
    for command in ("demo", "serve", "migrate", "ingest", "doctor", "schema", "withdraw"):
        assert command in ran.stdout


def test_schema_prints_the_sdl(environment: dict[str, str]) -> None:
    assert tonearm("schema", environment=environment).stdout == schema.as_str() + "\n"


def test_wrong_usage_exits_with_2(environment: dict[str, str]) -> None:
    assert tonearm("nonsense", environment=environment).returncode == 2


def test_missing_settings_are_one_line(tmp_path: Path) -> None:
    ran = tonearm("migrate", environment={"PATH": os.environ["PATH"]}, directory=tmp_path)
    assert ran.returncode == 1
    assert ran.stderr.count("\n") == 1
    assert "TONEARM_DATABASE_URL: field required" in ran.stderr


def test_a_database_that_is_not_there_is_one_line(environment: dict[str, str]) -> None:
    environment["TONEARM_DATABASE_URL"] = "postgresql://nobody:secret@127.0.0.1:1/none"
    ran = tonearm("migrate", environment=environment)
    assert ran.returncode == 1
    assert ran.stderr.startswith("tonearm: The database cannot be reached")
    assert ran.stderr.count("\n") == 1
    assert "secret" not in ran.stderr


def test_migrate_says_when_there_is_nothing_to_do(environment: dict[str, str]) -> None:
    ran = tonearm("migrate", environment=environment)
    assert (ran.returncode, ran.stdout) == (0, "The database is up to date.\n")


def test_doctor_finds_everything_well(environment: dict[str, str]) -> None:
    environment["TONEARM_PLAYER"] = "false"
    ran = tonearm("doctor", environment=environment)
    assert ran.returncode == 0, ran.stdout
    assert ran.stdout.count("ok ") == 7
    assert "opens its object" in ran.stdout


def test_doctor_finds_whose_pages_may_read_the_bucket(environment: dict[str, str]) -> None:
    assert "→ name the player's origin" in tonearm("doctor", environment=environment).stdout
    allowed = environment | {"TONEARM_CORS_ORIGINS": "https://music.example"}
    tonearm("bucket", environment=allowed)
    try:
        ran = tonearm("doctor", environment=allowed)
        assert "pages of https://music.example may read" in ran.stdout
        allowed["TONEARM_CORS_ORIGINS"] += ",https://other.example"
        ran = tonearm("doctor", environment=allowed)
        assert "does not let pages of https://other.example GET objects" in ran.stdout
    finally:
        tonearm("bucket", environment=environment)


@pytest.mark.parametrize("action", ["s3:GetObject", "s3:ListBucket"])
async def test_doctor_finds_a_bucket_that_anybody_can_read(
    environment: dict[str, str], settings: Settings, action: str
) -> None:
    name = f"public-{secrets.token_hex(4)}"
    everybody = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": action,
        "Resource": [f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*"],
    }
    async with open_bucket(settings.model_copy(update={"s3_bucket": name})) as objects:
        await objects.ensure_bucket()
        policy = json.dumps({"Version": "2012-10-17", "Statement": [everybody]})
        await objects._client.put_bucket_policy(Bucket=name, Policy=policy)
        opened = environment | {"TONEARM_S3_BUCKET": name, "TONEARM_PLAYER": "false"}
        ran = await asyncio.to_thread(tonearm, "doctor", environment=opened)
        assert ran.returncode == 1
        assert "anybody can read the bucket" in ran.stdout
        await objects._client.delete_bucket(Bucket=name)


def test_doctor_says_what_to_mend(environment: dict[str, str]) -> None:
    environment["TONEARM_S3_SECRET_ACCESS_KEY"] = "wrong"
    ran = tonearm("doctor", environment=environment)
    assert ran.returncode == 1
    assert "→ check TONEARM_S3_*" in ran.stdout
    assert "ok  migrations" in ran.stdout


def test_doctor_finds_an_endpoint_that_players_cannot_reach(environment: dict[str, str]) -> None:
    environment["TONEARM_S3_PUBLIC_ENDPOINT_URL"] = "http://127.0.0.1:1"
    ran = tonearm("doctor", environment=environment)
    assert ran.returncode == 1
    assert "→ check TONEARM_S3_PUBLIC_ENDPOINT_URL" in ran.stdout


def test_ingest_as_json_names_what_it_could_not_take(
    environment: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "broken.mp3").write_bytes(b"not audio")
    ran = tonearm("ingest", "--dry-run", "--json", tmp_path, environment=environment)
    assert ran.returncode == 1
    summary = json.loads(ran.stdout)
    assert summary["dry_run"] is True
    [problem] = summary["problems"]
    assert problem["path"].endswith("broken.mp3")
    assert problem["reason"]


async def test_uploads_are_deleted_when_they_are_old(
    environment: dict[str, str], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_bucket(settings) as objects:
        await objects.put(upload_key(1, 1), b"new", content_type="audio/mpeg")
        ran = await asyncio.to_thread(tonearm, "cleanup", environment=environment)
        assert ran.stdout == (
            "0 uploads that nobody completed deleted.\n"
            "0 old exports deleted.\n"
            "0 contents that nothing needs deleted.\n"
            "0 ids of what was merged or deleted settled.\n"
        ), ran.stderr
        assert await objects.head(upload_key(1, 1))
        monkeypatch.setattr("resolvers.uploads.LIFE", timedelta(days=-1))
        assert await do_cleanup(settings, Console(quiet=True)) == 0
        assert await objects.head(upload_key(1, 1)) is None


def test_a_podcast_is_added_listed_and_removed(
    environment: dict[str, str], clean_database: object
) -> None:
    ran = tonearm("podcast", "add", ROOT / "demo/podcast/feed.xml", environment=environment)
    assert (ran.returncode, ran.stderr) == (0, "")
    found = re.fullmatch(
        r"added: Two Notes at a Time \((show_\w+)\): 2 new episodes, 0 changed, 2 stored\n",
        ran.stdout,
    )
    assert found is not None
    listed = tonearm("podcast", "list", environment=environment).stdout
    assert listed.startswith(f"{found[1]}  Two Notes at a Time\n")
    assert tonearm("podcast", "remove", found[1], environment=environment).returncode == 0
    assert tonearm("podcast", "list", environment=environment).stdout == ""


def test_a_podcast_inside_our_network_is_one_line(environment: dict[str, str]) -> None:
    ran = tonearm("podcast", "add", "http://169.254.169.254/feed", environment=environment)
    assert ran.returncode == 1
    assert ran.stderr == (
        "http://169.254.169.254/feed: it is refused: 169.254.169.254 is not an address of the "
        "public internet\n"
    )


def test_a_song_that_is_not_there_cannot_be_withdrawn(environment: dict[str, str]) -> None:
    ran = tonearm("withdraw", "song_1", environment=environment)
    assert (ran.returncode, ran.stderr) == (1, "tonearm: There is no song of this id\n")


def test_a_key_for_tokens_can_be_used(environment: dict[str, str]) -> None:
    ran = tonearm("key", environment=environment)
    assert parse_keys(ran.stdout)


def test_makes_people_and_says_what_they_may_do(
    environment: dict[str, str], clean_database: Pool
) -> None:
    made = tonearm(
        "user",
        "create",
        "ada",
        "--email",
        "Ada@example.com",
        "--role",
        "admin",
        environment=environment,
    )
    assert made.stdout.startswith("ada can sign in, as ADMIN.\nPassword: "), made.stderr
    again = tonearm("user", "create", "A-da", environment=environment)
    assert again.stderr == "tonearm: Somebody has this name, or one that looks like it.\n"
    role = tonearm("user", "role", "ADA", "listener", environment=environment)
    assert role.stdout == "ADA is LISTENER from the next refresh on, within 15 minutes.\n", role
    disabled = tonearm("user", "disable", "ada", environment=environment)
    assert disabled.stdout == "ada cannot sign in; all access ends within 15 minutes.\n", disabled
    assert tonearm("user", "enable", "ada", environment=environment).returncode == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("create", "a b"),
        ("create", "bob", "--email", "bob"),
        ("role", "nobody", "admin"),
        ("disable", "nobody"),
        ("enable", "nobody"),
    ],
)
def test_people_who_cannot_be_are_one_line(
    environment: dict[str, str], arguments: tuple[str, ...]
) -> None:
    ran = tonearm("user", *arguments, environment=environment)
    assert ran.returncode == 1
    assert ran.stderr.count("\n") == 1
