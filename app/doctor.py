"""What is wrong with a deployment, and how to mend it."""

import time
from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

import aiohttp
from rich.console import Console
from rich.table import Table

from app.services import check_services, make_signer, open_bucket, open_connection, open_credentials
from app.settings import Settings, SettingsError
from db.errors import DatabaseError
from db.migrate import select_pending
from db.pool import select_clock, select_encoding, select_server_version
from storage.errors import StorageError
from storage.objects import Objects

OLDEST_POSTGRES: Final = 150_000
MAX_SKEW_SECONDS: Final = 60.0
"""S3 refuses what is signed more than 15 minutes off; well-kept clocks differ by far less."""


class Ailment(Exception):
    """What is wrong, and what mends it."""

    def __init__(self, found: str, mend: str) -> None:
        super().__init__(found)
        self.mend = mend


@dataclass(frozen=True, slots=True)
class Finding:
    check: str
    found: str
    mend: str | None = None
    """None where all is well."""


async def diagnose(settings: Settings, console: Console) -> int:
    """Prints what was checked. 0 when all is well, else 1."""
    findings = [finding async for finding in examine(settings)]
    table = Table("", "checked", "found", box=None, pad_edge=False)
    for finding in findings:
        mark = "[green]ok[/]" if finding.mend is None else "[red]!![/]"
        table.add_row(mark, finding.check, finding.found)
        if finding.mend is not None:
            table.add_row("", "", f"[bold]→ {finding.mend}[/]")
    console.print(table)
    return 0 if all(finding.mend is None for finding in findings) else 1


async def examine(settings: Settings) -> AsyncIterator[Finding]:
    """Checks one thing after the other; what rests on something that is missing is left out."""
    yield await _check("sign-in", _sign_in(settings))
    database = await _check("database", _database(settings))
    yield database
    if database.mend is None:
        yield await _check("migrations", _migrations(settings))
        yield await _check("database's clock", _database_clock(settings))
    bucket = await _check("bucket", _bucket(settings))
    yield bucket
    if bucket.mend is None:
        yield await _check("streams", _streams(settings))
        yield await _check("pages", _pages(settings))


async def _check(name: str, examination: Awaitable[str]) -> Finding:
    try:
        return Finding(name, await examination)
    except Ailment as ailment:
        return Finding(name, str(ailment), ailment.mend)


async def _sign_in(settings: Settings) -> str:
    try:
        check_services(settings)
    except SettingsError as error:
        raise Ailment(str(error), "see .env.example") from error
    by = []
    if settings.token_keys is not None or settings.token_keys_file is not None:
        by.append("with a password")
        if settings.mail_url is None:
            raise Ailment(
                "mail is not sent: nobody can confirm an address or reset a password",
                "set TONEARM_MAIL_URL",
            )
    if settings.oidc_issuer is not None:
        by.append(f"by {settings.oidc_issuer}")
    return (
        f"people sign in {' or '.join(by)}"
        if by
        else "nobody can sign in, since there are no keys for tokens"
    )


async def _database(settings: Settings) -> str:
    try:
        async with open_connection(settings) as connection:
            version = await select_server_version(connection)
            encoding = await select_encoding(connection)
    except DatabaseError as error:
        raise Ailment(
            str(error), "check TONEARM_DATABASE_URL, and that PostgreSQL runs and accepts you"
        ) from error
    shown = f"PostgreSQL {version // 10_000}.{version % 10_000}, {encoding}"
    if version < OLDEST_POSTGRES:
        raise Ailment(shown, "upgrade to PostgreSQL 15 or newer")
    if encoding != "UTF8":
        raise Ailment(shown, "make the database anew with ENCODING 'UTF8'")
    return shown


async def _migrations(settings: Settings) -> str:
    try:
        async with open_connection(settings) as connection:
            pending = await select_pending(connection)
    except DatabaseError as error:
        raise Ailment(str(error), "run the version of Tonearm that the database is at") from error
    if pending:
        names = ", ".join(migration.name for migration in pending)
        raise Ailment(f"pending: {names}", "run `tonearm migrate`")
    return "up to date"


async def _database_clock(settings: Settings) -> str:
    async with open_connection(settings) as connection:
        sent = time.time()
        skew = await select_clock(connection) - (sent + time.time()) / 2
    return _within(skew, "the database's")


async def _bucket(settings: Settings) -> str:
    try:
        async with open_bucket(settings) as objects:
            skew = await objects.check()
    except (StorageError, ValueError) as error:
        raise Ailment(
            str(error),
            "check TONEARM_S3_*: bucket, region, endpoint and keys; `tonearm bucket` makes one",
        ) from error
    return f"{settings.s3_bucket}, {_within(skew, 'the object store’s')}"


async def _streams(settings: Settings) -> str:
    """Does what a player does: opens a signed URL, from where this runs. Then does what nobody
    may: opens it without its signature, and lists the bucket."""
    body = f"tonearm doctor {time.time_ns()}".encode()
    key = f"doctor/{sha256(body).hexdigest()}"
    async with open_bucket(settings) as objects, open_credentials(settings) as credentials:
        url = make_signer(settings, credentials).sign(key, now=time.time()).url
        try:
            await objects.put(key, body, content_type="text/plain", cache_control="no-store")
        except StorageError as error:
            raise Ailment(str(error), "give the keys the right to put objects") from error
        try:
            status, received = await _get(url)
            bare = url.partition("?")[0]
            open_ways = [each for each in (bare, bare.removesuffix(key)) if await _is_open(each)]
        finally:
            await _delete(objects, key)
    host = url.split("/")[2]
    if status != 200 or received != body:
        raise Ailment(
            f"a signed URL of {host} answers {status}",
            "check TONEARM_S3_PUBLIC_ENDPOINT_URL and TONEARM_S3_ADDRESSING_STYLE",
        )
    if open_ways:
        raise Ailment(
            "anybody can read the bucket: it opens without a signature",
            "take public access off it: its policy, its ACLs, and what makes it a web site",
        )
    return f"a signed URL of {host} opens its object, and nothing opens without one"


async def _pages(settings: Settings) -> str:
    """Asks as a browser does before a page reads a range of audio, or puts an upload: by CORS."""
    name_it = "name the player's origin in TONEARM_CORS_ORIGINS and run `tonearm bucket`"
    if not settings.cors_origins:
        if settings.player:
            raise Ailment("no page may read from the bucket, so the player cannot play", name_it)
        return "no web app is named in TONEARM_CORS_ORIGINS"
    async with open_credentials(settings) as credentials:
        url = make_signer(settings, credentials).sign("doctor/cors", now=time.time()).url
    for pattern in settings.cors_origins:
        origin = pattern.replace("*", "8000")  # any port, or part of a name
        for method, headers in (("GET", "range"), ("PUT", "content-type")):
            if not await _is_allowed(url, origin, method, headers):
                raise Ailment(
                    f"the bucket does not let pages of {origin} {method} objects", name_it
                )
    return f"pages of {', '.join(settings.cors_origins)} may read and put objects"


async def _is_allowed(url: str, origin: str, method: str, headers: str) -> bool:
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": headers,
    }
    timeout = aiohttp.ClientTimeout(total=10)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.options(url, headers=asked) as answer,
        ):
            allowed = answer.headers.get("Access-Control-Allow-Origin")
            return answer.status < 300 and allowed in ("*", origin)
    except (aiohttp.ClientError, TimeoutError) as error:
        raise Ailment(
            f"the object store cannot be asked from here: {error}",
            "check TONEARM_S3_PUBLIC_ENDPOINT_URL, or run this where players are",
        ) from error


async def _get(url: str) -> tuple[int, bytes]:
    timeout = aiohttp.ClientTimeout(total=10)
    try:
        async with aiohttp.ClientSession(timeout=timeout) as session, session.get(url) as answer:
            return answer.status, await answer.read()
    except (aiohttp.ClientError, TimeoutError) as error:
        raise Ailment(
            f"a signed URL cannot be opened from here: {error}",
            "check TONEARM_S3_PUBLIC_ENDPOINT_URL, or run this where players are",
        ) from error


async def _is_open(url: str) -> bool:
    status, _ = await _get(url)
    return status < 400


async def _delete(objects: Objects, key: str) -> None:
    try:
        await objects.delete(key)
    except StorageError as error:
        raise Ailment(str(error), "give the keys the right to delete objects") from error


def _within(skew: float, whose: str) -> str:
    shown = f"clocks differ by {abs(skew):.1f} s"
    if abs(skew) > MAX_SKEW_SECONDS:
        raise Ailment(f"{shown} from {whose}", "set this machine's clock (NTP)")
    return shown
