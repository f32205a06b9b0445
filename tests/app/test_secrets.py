"""What is secret is in nothing that is shown: not in a repr, not in an error, not in a default."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import get_args

import pytest
from pydantic import SecretStr

from app.settings import PREFIX, Settings, SettingsError, read_settings
from db.accounts import insert_account, select_account
from db.errors import DatabaseUnavailable
from db.pool import open_pool
from db.rows import Connection
from db.sessions import insert_session, select_session_locked
from db.users import insert_user
from resolvers import letters
from resolvers.auth.codes import Code
from resolvers.sessions import Credentials

ROOT = Path(__file__).parents[2]
SECRET = "Pr0xima-Centauri-is-4.2-light-years-away"
WHOLE = {
    "DATABASE_URL": f"postgresql://tonearm:{SECRET}@localhost/tonearm",
    "S3_BUCKET": "music",
    "S3_SECRET_ACCESS_KEY": SECRET,
    "TOKEN_KEYS": f"now:{SECRET}",
    "MAIL_URL": f"smtp://me:{SECRET}@localhost",
}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name, value in WHOLE.items():
        monkeypatch.setenv(PREFIX + name, value)
    return monkeypatch


def test_the_settings_show_no_secret(environment: pytest.MonkeyPatch) -> None:
    settings = read_settings(None)
    assert SECRET in str(settings.database_url), "the settings have it"
    for shown in (repr(settings), str(settings), f"{settings!r:>10}"):
        assert SECRET not in shown


@pytest.mark.parametrize("name", WHOLE)
def test_a_setting_that_is_wrong_is_named_and_not_shown(
    environment: pytest.MonkeyPatch, name: str
) -> None:
    environment.setenv(PREFIX + name, f"{SECRET} is not it")
    environment.setenv(PREFIX + "PORT", f"{SECRET}")
    with pytest.raises(SettingsError) as error:
        read_settings(None)
    assert PREFIX + "PORT" in str(error.value)
    assert SECRET not in f"{error.value!r} {error.value} {error.value.__cause__}"


def test_no_secret_has_a_default() -> None:
    secret = {
        name
        for name, field in Settings.model_fields.items()
        if field.annotation is SecretStr or SecretStr in get_args(field.annotation)
    }
    assert secret == {"mail_url", "s3_secret_access_key", "token_keys"}
    for name in secret:
        assert Settings.model_fields[name].default is None
    assert Settings.model_fields["database_url"].is_required()
    for path in (".env.example", "deploy/compose.env.example"):
        lines = (ROOT / path).read_text(encoding="utf-8")
        for value in re.findall(r"^\w*(?:SECRET|KEYS?|PASSWORD)\w*=(.*)$", lines, re.MULTILINE):
            assert value == "", path


async def test_records_show_no_secret(connection: Connection) -> None:
    now = datetime.now(UTC)
    await insert_user(connection, 7, "ada", "Ada", now)
    await insert_account(
        connection,
        7,
        email=f"{SECRET}@example.com",
        email_verified_at=None,
        password_hash=SECRET,
        role="LISTENER",
    )
    await insert_session(
        connection,
        7,
        8,
        device="laptop",
        seed=SECRET.encode()[:32],
        current_sha256=SECRET.encode()[:32],
        created_at=now,
        expires_at=now + timedelta(days=1),
    )
    account = await select_account(connection, 7)
    session = await select_session_locked(connection, 7, 8)
    assert account is not None
    assert account.password_hash == SECRET
    assert session is not None
    for record in (account, session):
        assert SECRET[:32] not in f"{record!r} {record}"
        assert "7" in repr(record), "which one it is"


def test_what_goes_out_to_one_person_is_not_shown_to_others() -> None:
    credentials = Credentials(SECRET, datetime.now(UTC), SECRET)
    assert SECRET not in repr(credentials)
    code = Code.new(7)
    letter = letters.verification("ada@example.com", "ada", code, timedelta(hours=1))
    assert str(code) in letter.text
    assert str(code) not in repr(letter)


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://tonearm:{SECRET}@127.0.0.1:1/tonearm",
        f"postgresql://tonearm:{SECRET}@127.0.0.1:x/tonearm",
        f"postgresql://tonearm:{SECRET}@nowhere.invalid/tonearm",
        f"mysql://tonearm:{SECRET}@127.0.0.1/tonearm",
    ],
)
async def test_an_error_of_the_database_does_not_show_its_password(url: str) -> None:
    with pytest.raises((DatabaseUnavailable, ValueError)) as error:
        async with open_pool(url, connect_timeout=5):
            pass
    shown: list[BaseException | None] = [error.value, error.value.__cause__]
    assert SECRET not in " ".join(f"{each!r} {each}" for each in shown)
