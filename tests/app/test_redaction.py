import pytest

from app.redaction import REDACTED, Redactor, secrets_of
from app.settings import Settings

SIGNATURE = "5f1a" * 16
JWT = "eyJhbGciOiJIUzI1NiIsImtpZCI6IjEifQ.eyJzdWIiOiIxIn0.c2lnbmF0dXJlLW9mLWl0"


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("cannot reach postgresql://tonearm:hunter2!@db:5432/x", "hunter2!"),
        (f"GET https://b.s3/a.flac?X-Amz-Date=1&X-Amz-Signature={SIGNATURE}&x=1", SIGNATURE),
        (f"X-Amz-Signature%3D{SIGNATURE}", SIGNATURE),
        ("authorization: Bearer abc.def.ghi", "abc.def.ghi"),
        (f"token was {JWT}", JWT),
        ("tnr_short-but-ours was used twice", "short-but-ours"),
        ('{"newPassword": "correct horse"}', "correct horse"),
        ("signUp(password='correct horse')", "correct horse"),
        ("invite Zm9vYmFyMTIzNDU2Nzg5MEFCQ0RFRkdISUpLTE1O here", "Zm9vYmFyMTIzNDU2"),
    ],
)
def test_what_looks_like_a_secret_is_taken_out(text: str, secret: str) -> None:
    cleaned = Redactor()(text)
    assert secret not in cleaned
    assert REDACTED in cleaned


@pytest.mark.parametrize(
    "text",
    [
        'File "/srv/tonearm/resolvers/a_module_with_a_very_long_name_indeed.py", line 3, in f',
        "test_a_name_of_a_function_that_is_longer_than_most_are_made",
        "10 plays, 3 popularities; https://music.example/graphql at 2026-11-24T18:00:00",
        "id 018f2c3a-7b1e-4c55-9d0e-0242ac120002",
    ],
)
def test_what_helps_to_find_an_error_stays(text: str) -> None:
    assert Redactor()(text) == text


def test_the_secrets_of_the_settings_are_known_word_by_word(settings: Settings) -> None:
    own = settings.model_copy(
        update={"database_url": "postgresql://tonearm:pa%2Fss-word@localhost/tonearm"}
    )
    redact = Redactor(secrets_of(own))
    assert own.token_keys is not None
    assert own.s3_secret_access_key is not None
    keys = own.token_keys.get_secret_value()
    for secret in (
        keys.partition(":")[2],
        own.s3_secret_access_key.get_secret_value(),
        "pa/ss-word",
    ):
        assert secret not in redact(f"it broke at {secret}: why?")
