"""The services of the process, made from the settings."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Final

from pydantic import SecretStr

from app.mail import make_mailer
from app.settings import Settings, SettingsError
from db.ids import lease_ids
from db.pool import Pool, connect, open_pool
from db.rows import Connection
from resolvers.auth.keys import BadKeys, KeyRing
from resolvers.auth.oidc import Provider, open_provider
from resolvers.auth.passwords import Passwords
from resolvers.auth.tokens import AccessTokens
from resolvers.background import open_background
from resolvers.callers import Callers
from resolvers.context import AttemptLimits, Services
from resolvers.queue_changes import open_queue_changes
from storage import credentials
from storage.credentials import CurrentCredentials
from storage.endpoints import public_origin
from storage.objects import Objects, open_objects
from storage.signer import UrlSigner

if TYPE_CHECKING:
    from app.tracing import Tracing

UPLOADS_AT_ONCE: Final = 2
"""Uploads that a worker process completes at once."""


@asynccontextmanager
async def open_services(settings: Settings) -> AsyncGenerator[Services, None]:
    """All that requests are answered with; closed in reverse."""
    async with AsyncExitStack() as stack:
        pool = await stack.enter_async_context(open_database(settings, ready_connections=0))
        credentials = await stack.enter_async_context(open_credentials(settings))
        ids = await stack.enter_async_context(lease_ids(pool, patient=True))
        passwords = Passwords()
        stack.callback(passwords.close)
        tokens = make_tokens(settings)
        yield Services(
            pool=pool,
            ids=ids,
            signer=make_signer(settings, credentials),
            objects=await stack.enter_async_context(open_bucket(settings)),
            public_objects=await stack.enter_async_context(open_bucket(settings, public=True)),
            completing=asyncio.Semaphore(UPLOADS_AT_ONCE),
            callers=Callers(
                tokens=tokens,
                provider=await _enter_provider(stack, settings),
                pool=pool,
                ids=ids,
                remember_seconds=settings.access_token_seconds,
            ),
            tokens=tokens,
            passwords=passwords,
            session_days=settings.session_days,
            mailer=make_mailer(settings),
            player_url=settings.player_url,
            background=await stack.enter_async_context(open_background()),
            queue_changes=await stack.enter_async_context(
                open_queue_changes(
                    str(settings.database_url),
                    poll_seconds=settings.subscription_poll_seconds,
                    most=settings.max_subscriptions,
                    per_person=settings.max_subscriptions_per_person,
                )
            ),
            anonymous_streaming=settings.anonymous_streaming,
            attempts=AttemptLimits(
                sign_in_address=settings.sign_in_limit_address,
                sign_in_account=settings.sign_in_limit_account,
                sign_up_address=settings.sign_up_limit_address,
                mail_address=settings.mail_limit_address,
                mail_recipient=settings.mail_limit_recipient,
            ),
        )


def check_services(settings: Settings) -> None:
    """Raises `SettingsError` for what would keep a worker from starting."""
    make_tokens(settings)
    make_mailer(settings)
    if settings.traces_url is not None:
        _tracing()


def open_database(
    settings: Settings, *, ready_connections: int = 1
) -> AbstractAsyncContextManager[Pool]:
    """The pool that requests are answered from; with 0 it opens even without a database."""
    return open_pool(
        str(settings.database_url),
        min_size=ready_connections,
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


def open_bucket(
    settings: Settings, *, public: bool = False
) -> AbstractAsyncContextManager[Objects]:
    """The bucket as this server reaches it, or, to sign URLs of it, as clients do."""
    public_url = settings.s3_public_endpoint_url or settings.s3_endpoint_url
    return open_objects(
        endpoint_url=public_url if public else settings.s3_endpoint_url,
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


async def _enter_provider(stack: AsyncExitStack, settings: Settings) -> Provider | None:
    if settings.oidc_issuer is None:
        return None
    if settings.oidc_audience is None:
        raise SettingsError("TONEARM_OIDC_AUDIENCE: required with TONEARM_OIDC_ISSUER")
    try:
        return await stack.enter_async_context(
            open_provider(settings.oidc_issuer, settings.oidc_audience)
        )
    except ValueError as error:
        raise SettingsError(f"TONEARM_OIDC_ISSUER: {error}") from error


def make_tokens(settings: Settings) -> AccessTokens | None:
    """None where there are no keys: nobody signs in with a password there."""
    if settings.token_keys is None and settings.token_keys_file is None:
        return None
    try:
        keys = KeyRing(_revealed(settings.token_keys), settings.token_keys_file)
    except BadKeys as error:
        raise SettingsError(f"TONEARM_TOKEN_KEYS: {error}") from error
    return AccessTokens(keys, settings.access_token_seconds)


def make_tracing(settings: Settings) -> "Tracing | None":
    """None where no traces are wanted."""
    if settings.traces_url is None:
        return None
    return _tracing().to_collector(settings.traces_url, settings.traces_share)


def _tracing() -> "type[Tracing]":
    """Imported where it is wanted: what it needs is an extra."""
    try:
        from app.tracing import Tracing
    except ModuleNotFoundError as error:
        raise SettingsError(
            "TONEARM_TRACES_URL: OpenTelemetry is not installed; it is the extra `otel`: "
            "pip install --require-hashes -r requirements-otel.lock"
        ) from error
    return Tracing


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
