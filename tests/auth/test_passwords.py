import asyncio
import threading
from collections.abc import Iterator

import pytest

from auth import passwords as module
from auth.passwords import BadPassword, Busy, Passwords, check_password


@pytest.fixture(scope="module")
def passwords() -> Iterator[Passwords]:
    passwords = Passwords()
    yield passwords
    passwords.close()


async def test_a_password_is_known_again(passwords: Passwords) -> None:
    hashed = await passwords.hash("correct horse")
    assert hashed.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert await passwords.verify(hashed, "correct horse")
    assert not await passwords.verify(hashed, "correct horsf")
    assert not passwords.is_outdated(hashed)


async def test_it_does_not_matter_how_a_keyboard_composes(passwords: Passwords) -> None:
    hashed = await passwords.hash("re\u0301sume\u0301 2026")
    assert await passwords.verify(hashed, "r\u00e9sum\u00e9 2026")


async def test_without_a_hash_one_verification_is_made_all_the_same(
    passwords: Passwords, monkeypatch: pytest.MonkeyPatch
) -> None:
    verified: list[str] = []
    verify = module._verify

    def noting(hashed: str, password: str) -> bool:
        verified.append(hashed)
        return verify(hashed, password)

    monkeypatch.setattr(module, "_verify", noting)
    hashed = await passwords.hash("correct horse")
    await passwords.verify(hashed, "wrong")
    assert not await passwords.verify(None, "wrong")
    assert not await passwords.verify(None, "nobody's password")
    parameters = {text.rsplit("$", 2)[0] for text in verified}
    assert len(verified) == 3
    assert len(parameters) == 1, "the same work"


async def test_the_loop_goes_on_meanwhile_and_the_queue_has_an_end() -> None:
    passwords = Passwords(threads=1, waiting=2)
    release = threading.Event()
    try:
        held = [asyncio.create_task(passwords._work(release.wait)) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(Busy):
            await passwords.hash("correct horse")
        release.set()
        await asyncio.gather(*held)
        assert await passwords.hash("correct horse")
    finally:
        release.set()
        passwords.close()


async def test_what_is_no_hash_verifies_nothing(passwords: Passwords) -> None:
    assert not await passwords.verify("rubbish", "correct horse")
    assert not await passwords.verify(None, "\ud800" * 300)


@pytest.mark.parametrize(
    "password", ["", "short", "x" * 257, "aaaaaaaaaaaa", "abababababab", "Ada.Lovelace"]
)
def test_passwords_that_may_not_be_used(password: str) -> None:
    with pytest.raises(BadPassword):
        check_password(password, "ada.lovelace")


def test_any_characters_will_do() -> None:
    check_password("correct horse battery")
    check_password("密码密码是我的生日一二三四")
