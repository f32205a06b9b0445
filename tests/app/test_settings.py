import re
from pathlib import Path

import pytest

from app.settings import PREFIX, Settings, SettingsError, read_settings

ROOT = Path(__file__).parents[2]
REQUIRED = {
    "TONEARM_DATABASE_URL": "postgresql://tonearm:secret@localhost/tonearm",
    "TONEARM_S3_BUCKET": "music",
}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in Settings.model_fields:
        monkeypatch.delenv(PREFIX + name.upper(), raising=False)
    for name, value in REQUIRED.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def test_every_setting_is_in_the_example_with_its_meaning() -> None:
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    named = re.findall(r"^(?:# )?(TONEARM_[A-Z0-9_]+)=", example, re.MULTILINE)
    assert named == [PREFIX + name.upper() for name in Settings.model_fields]
    words = " ".join(example.replace("\n# ", " ").split())
    for field in Settings.model_fields.values():
        assert field.description
        assert field.description in words


def test_the_example_is_read_as_it_is(environment: pytest.MonkeyPatch) -> None:
    for name in REQUIRED:
        environment.delenv(name)
    settings = read_settings(ROOT / ".env.example")
    assert settings.s3_bucket == "tonearm"


def test_lists_are_separated_by_commas(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("TONEARM_CORS_ORIGINS", "https://a.example/, https://b.example")
    assert read_settings(None).cors_origins == ("https://a.example", "https://b.example")


def test_networks_are_separated_by_commas(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("TONEARM_PODCAST_NETWORKS", "10.1.0.0/16, fd00::/8")
    assert list(map(str, read_settings(None).podcast_networks)) == ["10.1.0.0/16", "fd00::/8"]
    environment.setenv("TONEARM_PODCAST_NETWORKS", "nonsense")
    with pytest.raises(SettingsError, match="TONEARM_PODCAST_NETWORKS: value is not a valid"):
        read_settings(None)


def test_all_that_is_wrong_is_named(environment: pytest.MonkeyPatch) -> None:
    environment.delenv("TONEARM_S3_BUCKET")
    environment.setenv("TONEARM_PORT", "70000")
    with pytest.raises(SettingsError) as raised:
        read_settings(None)
    assert "TONEARM_S3_BUCKET: field required" in str(raised.value)
    assert "TONEARM_PORT: input should be less than" in str(raised.value)


def test_the_value_of_a_secret_is_not_shown(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("TONEARM_S3_SECRET_ACCESS_KEY", "do not print me")
    environment.setenv("TONEARM_DATABASE_URL", "postgresql://u:do not print me@[broken")
    with pytest.raises(SettingsError) as raised:
        read_settings(None)
    assert "do not print me" not in str(raised.value)


def test_there_is_no_default_secret() -> None:
    for name, field in Settings.model_fields.items():
        if "secret" in name or "password" in name or "key" in name:
            assert field.default is None
