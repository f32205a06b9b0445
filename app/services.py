"""The services of the process, made from the settings."""

from contextlib import AbstractAsyncContextManager

from pydantic import SecretStr

from app.settings import Settings, SettingsError
from auth.keys import BadKeys, KeyRing
from auth.tokens import AccessTokens
from db.pool import Pool, connect, open_pool
from db.rows import Connection
from storage import credentials
from storage.credentials import CurrentCredentials
from storage.endpoints import public_origin
from storage.objects import Objects, open_objects
from storage.signer import UrlSigner


def open_database(settings: Settings) -> AbstractAsyncContextManager[Pool]:
    """The pool that requests are answered from."""
    return open_pool(
        str(settings.database_url),
        max_size=settings.database_pool_size,
        statement_timeout=settings.database_statement_timeout,
    )


def open_connection(settings: Settings) -> AbstractAsyncContextManager[Connection]:
    """One session, for what takes longer than a request may."""
    return connect(str(settings.database_url))


def open_credentials(settings: Settings) -> AbstractAsyncContextManager[CurrentCredentials]:
    return credentials.open_credentials(
        access_key_id=settings.s3_access_key_id,
        secret_access_key=_revealed(settings.s3_secret_access_key),
    )


def open_bucket(settings: Settings) -> AbstractAsyncContextManager[Objects]:
    return open_objects(
        endpoint_url=settings.s3_endpoint_url,
        region=settings.s3_region,
        bucket=settings.s3_bucket,
        access_key_id=settings.s3_access_key_id,
        secret_access_key=_revealed(settings.s3_secret_access_key),
        addressing_style=settings.s3_addressing_style,
    )


def make_signer(settings: Settings, current: CurrentCredentials) -> UrlSigner:
    return UrlSigner(
        public_endpoint_url=_public_endpoint(settings),
        region=settings.s3_region,
        bucket=settings.s3_bucket,
        addressing_style=settings.s3_addressing_style,
        credentials=current,
        ttl_seconds=settings.stream_ttl_seconds,
        window_seconds=settings.stream_window_seconds,
    )


def make_tokens(settings: Settings) -> AccessTokens | None:
    """None where there are no keys: nobody signs in with a password there."""
    if settings.token_keys is None and settings.token_keys_file is None:
        return None
    try:
        keys = KeyRing(_revealed(settings.token_keys), settings.token_keys_file)
    except BadKeys as error:
        raise SettingsError(f"TONEARM_TOKEN_KEYS: {error}") from error
    return AccessTokens(keys, settings.access_token_seconds)


def media_origin(settings: Settings) -> str:
    """Where players fetch audio and covers from, for the Content-Security-Policy."""
    return public_origin(
        _public_endpoint(settings), settings.s3_bucket, settings.s3_addressing_style
    )


def _public_endpoint(settings: Settings) -> str:
    aws = f"https://s3.{settings.s3_region}.amazonaws.com"
    return settings.s3_public_endpoint_url or settings.s3_endpoint_url or aws


def _revealed(secret: SecretStr | None) -> str | None:
    return None if secret is None else secret.get_secret_value()
