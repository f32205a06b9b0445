"""Credentials of a real provider of the AWS chain: a program that prints them."""

import asyncio
import shlex
import sys
from pathlib import Path

import pytest

from storage.credentials import open_credentials
from storage.errors import CredentialsMissing, StorageDenied
from storage.objects import open_objects
from tests.conftest import S3

PROGRAM = """
import json, pathlib, sys, datetime
count = pathlib.Path(sys.argv[1])
n = int(count.read_text()) + 1 if count.exists() else 1
count.write_text(str(n))
if n == 3:
    sys.exit("out of order")
end = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=5)
print(json.dumps({
    "Version": 1, "AccessKeyId": f"AKID{n}", "SecretAccessKey": "secret",
    "SessionToken": f"token{n}", "Expiration": end.isoformat(),
}))
"""

KEYS_OF_A_FILE = """
import datetime, json, pathlib, sys
key_id, secret = pathlib.Path(sys.argv[1]).read_text().split()
end = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=5)
print(json.dumps({
    "Version": 1, "AccessKeyId": key_id, "SecretAccessKey": secret, "Expiration": end.isoformat(),
}))
"""


@pytest.fixture
def chain(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An AWS configuration file without anything in it, and no other source."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    config = tmp_path / "config"
    config.write_text("[default]\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    return config


async def test_keys_given_are_used_as_they_are() -> None:
    async with open_credentials(access_key_id="a", secret_access_key="b") as current:
        assert (current().access_key_id, current().secret_access_key) == ("a", "b")
        assert (current().session_token, current().expires_at) == (None, None)


async def test_keys_of_the_environment(chain: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "of-the-environment")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")
    async with open_credentials(access_key_id=None, secret_access_key=None) as current:
        assert (current().access_key_id, current().expires_at) == ("of-the-environment", None)


@pytest.fixture
def program(chain: Path, tmp_path: Path) -> None:
    """A program that the chain asks for credentials. It fails the third time."""
    path = tmp_path / "program.py"
    path.write_text(PROGRAM)
    command = shlex.join([sys.executable, str(path), str(tmp_path / "count")])
    chain.write_text(f"[default]\ncredential_process = {command}\n")


@pytest.mark.usefixtures("program")
async def test_short_lived_credentials_are_renewed_even_after_a_failure() -> None:
    async with open_credentials(
        access_key_id=None, secret_access_key=None, retry_seconds=0.05
    ) as current:
        first = current()
        # The second: what ends within ten minutes botocore renews at once.
        assert (first.access_key_id, first.session_token) == ("AKID2", "token2")
        assert first.expires_at is not None
        async with asyncio.timeout(60):
            while current() == first:  # noqa: ASYNC110 (what it waits for is another process)
                await asyncio.sleep(0.05)
        assert current().access_key_id not in ("AKID2", "AKID3")


async def test_no_credentials_anywhere(chain: Path) -> None:
    with pytest.raises(CredentialsMissing):
        async with open_credentials(access_key_id=None, secret_access_key=None):
            pass


async def test_a_profile_that_is_not_there(chain: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "missing")
    with pytest.raises(CredentialsMissing):
        async with open_credentials(access_key_id=None, secret_access_key=None):
            pass


@pytest.fixture
def keys(chain: Path, tmp_path: Path) -> Path:
    """A file of keys that are not good, which a program prints, as docs/how-to/deploy.md has it."""
    keys = tmp_path / "keys"
    keys.write_text("AKIDOLD and-its-secret")
    program = tmp_path / "program.py"
    program.write_text(KEYS_OF_A_FILE)
    command = shlex.join([sys.executable, str(program), str(keys)])
    chain.write_text(f"[default]\ncredential_process = {command}\n")
    return keys


async def test_the_object_store_is_reached_by_new_keys_without_a_restart(
    keys: Path, s3: S3
) -> None:
    async with (
        open_credentials(access_key_id=None, secret_access_key=None, retry_seconds=0.01) as current,
        open_objects(endpoint_url=s3.endpoint_url, region=s3.region, bucket=s3.bucket) as objects,
    ):
        assert current().access_key_id == "AKIDOLD"
        with pytest.raises(StorageDenied):
            await objects.check()
        await asyncio.to_thread(keys.write_text, f"{s3.access_key_id} {s3.secret_access_key}")
        await objects.check()
        async with asyncio.timeout(60):
            while current().access_key_id != s3.access_key_id:  # noqa: ASYNC110 (of no event)
                await asyncio.sleep(0.01)
