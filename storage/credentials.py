"""Credentials for S3: given ones, or those of the AWS chain, renewed before they end."""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, TypeAlias

from aiobotocore.session import get_session
from botocore.exceptions import BotoCoreError

from storage.errors import CredentialsMissing

logger = logging.getLogger(__name__)

RENEW_BEFORE_SECONDS: Final = 900
"""How long before their end botocore begins to ask for new ones."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """`expires_at`, in epoch seconds, is known of role credentials only. Secrets have no repr."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str | None = field(default=None, repr=False)
    expires_at: int | None = None


CurrentCredentials: TypeAlias = Callable[[], Credentials]
"""What holds at this moment, without I/O."""


@asynccontextmanager
async def open_credentials(
    *,
    access_key_id: str | None,
    secret_access_key: str | None,
    session_token: str | None = None,
    retry_seconds: float = 30.0,
) -> AsyncGenerator[CurrentCredentials, None]:
    """The keys given or, without keys, those of the AWS chain, kept fresh by a background task.

    The chain is botocore's: environment, profile, web identity, container, instance. Renewal
    begins 15 minutes before the end. When it fails, the old credentials stay and it is tried
    again every `retry_seconds`. Each process renews by itself, so with role credentials two
    processes sign the same object differently.

    Raises `CredentialsMissing` when the chain finds none.
    """
    if access_key_id and secret_access_key:
        given = Credentials(access_key_id, secret_access_key, session_token)
        yield lambda: given
        return
    chain = await _resolve_chain()
    current = await _freeze(chain)
    if current.expires_at is None:
        fixed = current
        yield lambda: fixed
        return

    async def renew() -> None:
        nonlocal current
        while True:
            remaining = (current.expires_at or 0) - time.time()
            await asyncio.sleep(max(remaining - RENEW_BEFORE_SECONDS + 1, retry_seconds))
            try:
                current = await _freeze(chain)
            except CredentialsMissing as error:
                logger.warning("Credentials for S3 could not be renewed: %s", error)

    task = asyncio.create_task(renew(), name="renew S3 credentials")
    try:
        yield lambda: current
    finally:
        task.cancel()
        await asyncio.wait([task])


async def _resolve_chain() -> Any:
    try:
        chain = await get_session().get_credentials()
    except BotoCoreError as error:
        raise CredentialsMissing(f"The AWS chain gave no credentials: {error}") from error
    if chain is None:
        raise CredentialsMissing
    return chain


async def _freeze(chain: Any) -> Credentials:
    try:
        frozen = await chain.get_frozen_credentials()
    # A provider's own failure (an HTTP library's, a program's) comes as whatever it is.
    except Exception as error:
        raise CredentialsMissing(f"The AWS chain gave no credentials: {error}") from error
    # botocore keeps the end to itself; tests/storage/test_credentials.py guards the name.
    expiry: datetime | None = getattr(chain, "_expiry_time", None)
    return Credentials(
        frozen.access_key,
        frozen.secret_key,
        frozen.token,
        None if expiry is None else int(expiry.timestamp()),
    )
