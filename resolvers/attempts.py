"""How often passwords, codes and sign-ups may be tried. Exact, for all processes together."""

import hashlib
import math
from typing import Final

from db.rate_buckets import select_bucket_full_at, upsert_bucket_if_room
from resolvers.context import Context
from resolvers.errors import TooManyAttempts

HOUR: Final = 3600.0


async def attempt_sign_in(context: Context, account: str) -> None:
    """Before a password is checked; `account` is the key of a name or address.

    Raises `TooManyAttempts`.
    """
    limits = context.services.attempts
    await _attempt(context, "sign-in", context.address, limits.sign_in_address)
    await _attempt(context, "password", _hashed(account), limits.sign_in_account)


async def attempt_code(context: Context) -> None:
    """Before a mailed code is checked. Raises `TooManyAttempts`."""
    limit = context.services.attempts.sign_in_address
    await _attempt(context, "sign-in", context.address, limit)


async def attempt_sign_up(context: Context, email: str) -> None:
    """Before an account is made and mail is sent. Raises `TooManyAttempts`."""
    limits = context.services.attempts
    await _attempt(context, "sign-up", context.address, limits.sign_up_address)
    await _attempt(context, "mail-to", _hashed(email), limits.mail_recipient)


async def attempt_mail(context: Context, email: str) -> None:
    """Before mail is sent to an address that somebody named. Raises `TooManyAttempts`."""
    limits = context.services.attempts
    await _attempt(context, "mail", context.address, limits.mail_address)
    await _attempt(context, "mail-to", _hashed(email), limits.mail_recipient)


async def _attempt(context: Context, what: str, who: str | None, most: int) -> None:
    if who is None or most == 0:
        return
    key, seconds = f"{what}:{who}", HOUR / most
    async with context.connection() as connection:
        if await upsert_bucket_if_room(
            connection, key, now=context.now, seconds=seconds, window=HOUR
        ):
            return
        full_at = await select_bucket_full_at(connection, key)
    wait = (full_at or context.now) + seconds - context.now - HOUR
    raise TooManyAttempts(max(1, math.ceil(wait)))


def _hashed(text: str) -> str:
    """What is long or private, as a key."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
