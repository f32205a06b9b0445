import pytest

from storage.endpoints import AddressingStyle, bucket_address, public_origin


@pytest.mark.parametrize(
    ("endpoint_url", "style", "origin"),
    [
        ("http://127.0.0.1:8333", "path", "http://127.0.0.1:8333"),
        ("http://[::1]:8333/", "path", "http://[::1]:8333"),
        ("https://s3.example.com", "path", "https://s3.example.com"),
        ("https://s3.example.com:443", "path", "https://s3.example.com"),
        ("http://s3.example.com:443", "path", "http://s3.example.com:443"),
        ("https://S3.Example.com", "virtual", "https://music.s3.example.com"),
        ("http://localhost:8333", "virtual", "http://music.localhost:8333"),
    ],
)
def test_origin_is_what_a_browser_sends(
    endpoint_url: str, style: AddressingStyle, origin: str
) -> None:
    assert public_origin(endpoint_url, "music", style) == origin


@pytest.mark.parametrize(
    ("endpoint_url", "bucket", "style"),
    [
        ("s3.example.com", "music", "path"),
        ("ftp://s3.example.com", "music", "path"),
        ("https://s3.example.com/minio", "music", "path"),
        ("https://user@s3.example.com", "music", "path"),
        ("https://s3.example.com?x=1", "music", "path"),
        ("https://s3.example.com:99999", "music", "path"),
        ("https://s3.example.com", "My_Music", "path"),
        ("https://s3.example.com", "m", "path"),
        ("https://s3.example.com", "my.music", "virtual"),
        ("http://127.0.0.1:8333", "music", "virtual"),
        ("http://[::1]:8333", "music", "virtual"),
    ],
)
def test_what_cannot_be_signed_for_is_refused(
    endpoint_url: str, bucket: str, style: AddressingStyle
) -> None:
    with pytest.raises(ValueError, match=r"S3 endpoint|bucket|Port"):
        bucket_address(endpoint_url, bucket, style)
