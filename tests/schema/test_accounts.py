"""Accounts: from sign-up to deletion."""

import asyncio
import re
from dataclasses import replace
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest

from tests.schema.conftest import Asked, People
from tests.schema.test_sessions import (
    CREDENTIALS,
    FAILURE,
    PASSWORD,
    SIGN_IN,
    SIGN_UP,
    refresh,
    sign_up,
)

OTHER_PASSWORD = "another horse battery"
EMAIL = "{ viewer { email { address verifiedAt } } }"
ERROR = "__typename ... on Error { code message }"
VERIFY = f"""
mutation ($code: String!) {{
  verifyEmail(input: {{code: $code}}) {{
    {ERROR} ... on VerifyEmailPayload {{ viewer {{ email {{ address verifiedAt }} }} }}
  }}
}}
"""
CHANGE_EMAIL = f"""
mutation ($email: String!, $password: String!) {{
  changeEmail(input: {{email: $email, password: $password}}) {{
    {FAILURE} ... on ChangeEmailPayload {{ email expiresInSeconds }}
  }}
}}
"""
CHANGE_PASSWORD = f"""
mutation ($current: String!, $new: String!) {{
  changePassword(input: {{currentPassword: $current, newPassword: $new}}) {{
    {FAILURE} ... on ChangePasswordPayload {{ viewer {{ role }} }}
  }}
}}
"""
REQUEST_RESET = f"""
mutation ($email: String!) {{
  requestPasswordReset(input: {{email: $email}}) {{
    {FAILURE} ... on RequestPasswordResetPayload {{ email expiresInSeconds }}
  }}
}}
"""
RESET = f"""
mutation ($code: String!, $new: String!) {{
  resetPassword(input: {{code: $code, newPassword: $new}}) {{
    {FAILURE} ... on ResetPasswordPayload {{ {CREDENTIALS} }}
  }}
}}
"""


class Mailbox:
    """Reads what was mailed."""

    def __init__(self, ask: Asked, directory: Path) -> None:
        self._background = ask.services.background
        self._directory = directory

    async def letters(self) -> list[tuple[str, str, str]]:
        """Whom each mail went to, its subject and its text, in order."""
        await self._background.drain()
        mails = [
            message_from_bytes(path.read_bytes(), policy=policy.default)
            for path in sorted(self._directory.glob("*.eml"))
        ]
        return [(mail["To"], mail["Subject"], mail.get_content()) for mail in mails]

    async def code(self, address: str) -> str:
        """The code in the last mail to this address."""
        texts = [text for to, _, text in await self.letters() if to == address]
        [code] = re.findall(r"^[a-z2-7]{45}$", texts[-1], re.MULTILINE)
        return str(code)


@pytest.fixture
def mail(ask: Asked, tmp_path: Path) -> Mailbox:
    return Mailbox(ask, tmp_path / "mail")


async def signed_up(ask: Asked, name: str = "ada") -> Asked:
    return await ask.with_token((await sign_up(ask, name))["accessToken"])


async def with_address(ask: Asked, mail: Mailbox, name: str = "ada") -> Asked:
    """Somebody whose address `<name>@example.com` is confirmed."""
    ada = await signed_up(ask, name)
    answer = await ada(VERIFY, code=await mail.code(f"{name}@example.com"))
    assert answer["verifyEmail"]["viewer"]["email"]["verifiedAt"]
    return ada


async def sign_in(ask: Asked, login: str, password: str = PASSWORD) -> Any:
    return (await ask(SIGN_IN, login=login, password=password))["signIn"]


async def test_signs_up_and_is_signed_in(ask: Asked, mail: Mailbox) -> None:
    ada = await signed_up(ask)
    assert (await ada("{ viewer { role user { userName displayName } } }"))["viewer"] == {
        "role": "LISTENER",
        "user": {"userName": "ada", "displayName": "ada"},
    }
    assert (await ada(EMAIL))["viewer"]["email"] == {
        "address": "ada@example.com",
        "verifiedAt": None,
    }
    [(to, subject, _)] = await mail.letters()
    assert (to, subject) == ("ada@example.com", "Confirm your address")


async def test_a_name_is_one_persons(ask: Asked) -> None:
    await sign_up(ask, "paul.lind")
    answer = await ask(SIGN_UP, name="PauI_L1nd", email="other@example.com")
    assert answer["signUp"]["__typename"] == "Taken"
    assert answer["signUp"]["field"] == "userName"
    for table in ("users", "accounts", "user_names", "sessions"):
        assert await ask.services.pool.fetchval(f"SELECT count(*) FROM {table}") == 1


async def test_one_of_many_who_want_a_name_at_once_gets_it(ask: Asked) -> None:
    answers = await asyncio.gather(
        *(ask.by(None)(SIGN_UP, name="ada", email=f"{n}@example.com") for n in range(5))
    )
    kinds = sorted(answer["signUp"]["__typename"] for answer in answers)
    assert kinds == ["SignUpPayload", "Taken", "Taken", "Taken", "Taken"]
    assert await ask.services.pool.fetchval("SELECT count(*) FROM users") == 1


async def test_an_address_that_is_known_changes_nothing_of_the_answer(
    ask: Asked, mail: Mailbox
) -> None:
    await with_address(ask, mail)
    answers = [
        (await ask(SIGN_UP, name=name, email=email))["signUp"]
        for name, email in (("eve", "ADA@example.com"), ("bob", "bob@example.com"))
    ]
    assert {answer["__typename"] for answer in answers} == {"SignUpPayload"}
    assert [subject for _, subject, _ in await mail.letters()] == ["Confirm your address"] * 3


async def test_a_confirmed_address_signs_in(ask: Asked, mail: Mailbox) -> None:
    await with_address(ask, mail)
    answer = await sign_in(ask, "Ada@EXAMPLE.com")
    assert answer["viewer"]["user"]["userName"] == "ada"


async def test_an_address_belongs_to_the_first_who_proves_it(ask: Asked, mail: Mailbox) -> None:
    """Eve was earlier with the address, but reads no mail of it."""
    eve = await ask.with_token(
        (await ask(SIGN_UP, name="eve", email="ada@example.com"))["signUp"]["credentials"][
            "accessToken"
        ]
    )
    eves_code = await mail.code("ada@example.com")
    ada = await signed_up(ask)
    assert (await ada(VERIFY, code=eves_code))["verifyEmail"]["code"] == "WRONG_CREDENTIALS"
    adas_code = await mail.code("ada@example.com")
    assert (await eve(VERIFY, code=adas_code))["verifyEmail"]["code"] == "WRONG_CREDENTIALS"
    assert (await ada(VERIFY, code=adas_code))["verifyEmail"]["__typename"] == "VerifyEmailPayload"
    assert (await eve(VERIFY, code=eves_code))["verifyEmail"]["code"] == "TAKEN"
    assert (await sign_in(ask, "ada@example.com"))["viewer"]["user"]["userName"] == "ada"


async def test_a_code_is_good_once_and_for_a_day(ask: Asked, mail: Mailbox) -> None:
    ada = await signed_up(ask)
    code = await mail.code("ada@example.com")
    late = ada.later(86_401)
    assert (await late(VERIFY, code=code))["verifyEmail"]["code"] == "WRONG_CREDENTIALS"
    assert (await ada(VERIFY, code=code.upper()))["verifyEmail"]["__typename"] == (
        "VerifyEmailPayload"
    )
    for used in (code, "x", ""):
        assert (await ada(VERIFY, code=used))["verifyEmail"]["code"] == "WRONG_CREDENTIALS"


async def test_changes_the_address(ask: Asked, mail: Mailbox) -> None:
    ada = await with_address(ask, mail)
    new = "lovelace@example.com"
    wrong = await ada(CHANGE_EMAIL, email=new, password=OTHER_PASSWORD)
    assert wrong["changeEmail"]["code"] == "WRONG_CREDENTIALS"
    answer = await ada(CHANGE_EMAIL, email=new, password=PASSWORD)
    assert answer["changeEmail"]["expiresInSeconds"] == 86_400
    assert (await ada(EMAIL))["viewer"]["email"]["address"] == "ada@example.com", "not yet"
    await ada(VERIFY, code=await mail.code(new))
    assert (await ada(EMAIL))["viewer"]["email"]["address"] == new
    assert (await sign_in(ask, new))["__typename"] == "SignInPayload"
    assert (await sign_in(ask, "ada@example.com"))["code"] == "WRONG_CREDENTIALS"
    bob = await signed_up(ask, "bob")
    await bob(CHANGE_EMAIL, email="ada@example.com", password=PASSWORD)
    answer = await bob(VERIFY, code=await mail.code("ada@example.com"))
    assert answer["verifyEmail"]["__typename"] == "VerifyEmailPayload", "it is free again"


async def test_changes_the_password_and_signs_out_elsewhere(ask: Asked) -> None:
    laptop = await sign_up(ask)
    phone = (await sign_in(ask, "ada"))["credentials"]
    ada = await ask.with_token(laptop["accessToken"])
    wrong = await ada(CHANGE_PASSWORD, current=OTHER_PASSWORD, new=OTHER_PASSWORD)
    assert wrong["changePassword"]["code"] == "WRONG_CREDENTIALS"
    short = await ada(CHANGE_PASSWORD, current=PASSWORD, new="short")
    assert short["changePassword"]["field"] == "newPassword"
    done = await ada(CHANGE_PASSWORD, current=PASSWORD, new=OTHER_PASSWORD)
    assert done["changePassword"]["__typename"] == "ChangePasswordPayload"
    assert (await refresh(ask, phone))["code"] == "WRONG_CREDENTIALS"
    assert (await refresh(ask, laptop))["__typename"] == "RefreshPayload"
    assert (await sign_in(ask, "ada"))["code"] == "WRONG_CREDENTIALS"
    assert (await sign_in(ask, "ada", OTHER_PASSWORD))["__typename"] == "SignInPayload"


async def test_resets_a_password_that_was_forgotten(ask: Asked, mail: Mailbox) -> None:
    laptop = await sign_up(ask)
    ada = await ask.with_token(laptop["accessToken"])
    await ada(VERIFY, code=await mail.code("ada@example.com"))
    await ask(REQUEST_RESET, email="ADA@example.com")
    code = await mail.code("ada@example.com")
    assert (await ask(RESET, code=code, new="short"))["resetPassword"]["field"] == "newPassword"
    done = (await ask(RESET, code=code, new=OTHER_PASSWORD))["resetPassword"]
    assert done["viewer"]["user"]["userName"] == "ada"
    assert (await refresh(ask, done["credentials"]))["__typename"] == "RefreshPayload"
    assert (await refresh(ask, laptop))["code"] == "WRONG_CREDENTIALS"
    assert (await sign_in(ask, "ada"))["code"] == "WRONG_CREDENTIALS"
    again = (await ask(RESET, code=code, new=OTHER_PASSWORD))["resetPassword"]
    assert again["code"] == "WRONG_CREDENTIALS"


async def test_the_mail_for_a_reset_links_to_the_player_where_there_is_one(
    ask: Asked, mail: Mailbox
) -> None:
    await with_address(ask, mail)
    await ask(REQUEST_RESET, email="ada@example.com")
    _, _, text = (await mail.letters())[-1]
    assert "http" not in text
    ask.services = replace(ask.services, player_url="https://music.example.com/")
    await ask(REQUEST_RESET, email="ada@example.com")
    code = await mail.code("ada@example.com")
    _, _, text = (await mail.letters())[-1]
    assert f"\nhttps://music.example.com/reset#{code}\n" in text


async def test_a_reset_is_good_for_an_hour_and_for_the_latest_code(
    ask: Asked, mail: Mailbox
) -> None:
    await with_address(ask, mail)
    await ask(REQUEST_RESET, email="ada@example.com")
    first = await mail.code("ada@example.com")
    await ask(REQUEST_RESET, email="ada@example.com")
    second = await mail.code("ada@example.com")
    for asked, code in ((ask, first), (ask.later(3601), second)):
        answer = await asked(RESET, code=code, new=OTHER_PASSWORD)
        assert answer["resetPassword"]["code"] == "WRONG_CREDENTIALS"


async def test_nothing_tells_whether_an_address_has_an_account(ask: Asked, mail: Mailbox) -> None:
    await with_address(ask, mail)
    await signed_up(ask, "bob")  # an address that was not confirmed
    before = len(await mail.letters())
    answers = [
        (await ask(REQUEST_RESET, email=f"{name}@example.com"))["requestPasswordReset"]
        for name in ("ada", "bob", "nobody")
    ]
    assert [answer["__typename"] for answer in answers] == ["RequestPasswordResetPayload"] * 3
    assert {answer["expiresInSeconds"] for answer in answers} == {3600}
    assert [to for to, _, _ in (await mail.letters())[before:]] == ["ada@example.com"]


async def test_a_new_password_or_address_ends_the_code_for_a_reset(
    ask: Asked, mail: Mailbox
) -> None:
    ada = await with_address(ask, mail)
    await ask(REQUEST_RESET, email="ada@example.com")
    code = await mail.code("ada@example.com")
    await ada(CHANGE_PASSWORD, current=PASSWORD, new=OTHER_PASSWORD)
    answer = await ask(RESET, code=code, new=PASSWORD)
    assert answer["resetPassword"]["code"] == "WRONG_CREDENTIALS"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("userName", "x"),
        ("email", "x"),
        ("password", "short"),
        ("displayName", ""),
        ("device", "x" * 101),
    ],
)
async def test_what_is_wrong_is_told_by_field(ask: Asked, field: str, value: str) -> None:
    given = {"userName": "ada", "email": "ada@example.com", "password": PASSWORD, field: value}
    answer = await ask(
        f"mutation ($input: SignUpInput!) {{ signUp(input: $input) {{ {FAILURE} }} }}", input=given
    )
    assert (answer["signUp"]["__typename"], answer["signUp"]["field"]) == ("Invalid", field)
    assert not await ask.services.pool.fetchval("SELECT count(*) FROM users")


async def test_an_account_without_a_password_has_none_to_change(ask: Asked, people: People) -> None:
    viewer = await people.make("ada")
    await ask.services.pool.execute(
        "INSERT INTO accounts (user_id, role) VALUES ($1, 'LISTENER')", viewer.id
    )
    ada = ask.by(viewer)
    error = await ada.error(CHANGE_PASSWORD, current="", new=OTHER_PASSWORD)
    assert error["extensions"] == {"code": "NOT_ALLOWED"}
    assert (await sign_in(ask, "ada", ""))["code"] == "WRONG_CREDENTIALS"
    assert (await ada(EMAIL))["viewer"]["email"] is None


async def test_what_is_private_of_others_is_not_to_be_had(ask: Asked) -> None:
    """No query gives an address, a role or a device of anybody but the viewer."""
    await sign_up(ask)
    bob = await signed_up(ask, "bob")
    ada = await ask.services.pool.fetchval("SELECT id FROM users WHERE user_name = 'ada'")
    found = await bob(
        "query ($id: ID!) { node(id: $id) { __typename ... on User { userName } } }",
        id=f"user_{ada:x}",
    )
    assert found["node"] == {"__typename": "User", "userName": "ada"}
    error = await bob.error(
        "query ($id: ID!) { node(id: $id) { ... on Viewer { role } } }", id=f"user_{ada:x}"
    )
    assert error["extensions"] == {"code": "BAD_DOCUMENT"}
