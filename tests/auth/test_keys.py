import os
from pathlib import Path

import pytest

from auth import keys
from auth.keys import BadKeys, KeyRing, new_key, parse_keys
from auth.tokens import AccessTokens, InvalidToken


def test_a_new_key_can_be_used() -> None:
    key = new_key()
    assert key != new_key()
    [parsed] = parse_keys(key).values()
    assert f"{parsed.id}:{parsed.secret}" == key


def test_a_secret_is_not_shown() -> None:
    secret = "s" * 40
    [key] = parse_keys(f"a:{secret}").values()
    assert secret not in repr(key)
    for wrong in (f"a:{secret},a:{secret}", f"{secret}", f"a b:{secret}", "a:sssss", ""):
        with pytest.raises(BadKeys) as raised:
            parse_keys(wrong)
        assert "sssss" not in str(raised.value)


def test_a_key_is_changed_without_a_restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys, "LOOK_SECONDS", 0)
    file = tmp_path / "keys"
    old, new = new_key(), new_key()

    def write(text: str, nanoseconds: int) -> None:
        file.write_text(text)
        os.utime(file, ns=(nanoseconds, nanoseconds))

    write(old, 1)
    tokens = AccessTokens(KeyRing(file=file), seconds=900)
    before, _ = tokens.issue(7, 1, "LISTENER", now=0)

    write(f"{new}\n{old}\n", 2)
    after, _ = tokens.issue(7, 1, "LISTENER", now=0)
    for token in (before, after):
        assert tokens.verify(token, now=1).user_id == 7
    others = AccessTokens(KeyRing(new), seconds=900)
    assert others.verify(after, now=1).user_id == 7, "the new key signs"

    write(new, 3)
    assert tokens.verify(after, now=1).user_id == 7
    with pytest.raises(InvalidToken):
        tokens.verify(before, now=1)


def test_keys_that_are_wrong_change_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(keys, "LOOK_SECONDS", 0)
    file = tmp_path / "keys"
    file.write_text(new_key())
    ring = KeyRing(file=file)
    signing = ring.signing()
    file.write_text("rubbish")
    os.utime(file, ns=(1, 1))
    assert ring.signing() == signing
    file.unlink()
    assert ring.signing() == signing
    assert "stay as they were" in caplog.text


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadKeys, match="cannot be read"):
        KeyRing(file=tmp_path / "none")
