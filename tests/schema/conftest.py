import asyncio
import time
from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from asyncpg.connection import LoggedQuery

from app.asgi import query_bounds
from app.mail import FileMailer
from app.settings import Settings
from db.ids import IdGenerator, lease_ids
from db.pool import Pool, open_pool
from db.users import insert_user
from resolvers.auth.keys import KeyRing, new_key
from resolvers.auth.passwords import Passwords
from resolvers.auth.tokens import AccessTokens
from resolvers.background import Background
from resolvers.callers import Callers
from resolvers.context import Context, Services
from resolvers.queue_changes import QueueChanges
from resolvers.viewer import Caller, Role, Viewer
from schema.schema import schema
from storage.credentials import Credentials
from storage.keys import EXPORTS, UPLOADS
from storage.objects import Objects, open_objects
from storage.signer import UrlSigner
from tests.conftest import S3
from tests.factories import Factory

Answer = dict[str, Any]


@pytest.fixture(autouse=True)
def served_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Operations are refused as they are where the schema is served with the default settings."""
    monkeypatch.setattr(schema.executor, "bounds", query_bounds(Settings.model_construct()))


@pytest.fixture(scope="session")
async def ids(pool: Pool) -> AsyncGenerator[IdGenerator, None]:
    async with lease_ids(pool) as ids:
        yield ids


@pytest.fixture
def factory(clean_database: Pool, ids: IdGenerator) -> Factory:
    return Factory(clean_database, ids)


@pytest.fixture(scope="session")
def passwords() -> Iterator[Passwords]:
    passwords = Passwords()
    yield passwords
    passwords.close()


@pytest.fixture
def mailbox(tmp_path: Path) -> FileMailer:
    """Writes mails into `tmp_path / "mail"`."""
    return FileMailer(tmp_path / "mail", "Tonearm <tonearm@tonearm.example>")


@pytest.fixture(scope="session")
async def objects() -> AsyncGenerator[Objects, None]:
    """A bucket that is not there: who needs one overrides this."""
    async with open_objects(
        endpoint_url="http://127.0.0.1:1",
        region="us-east-1",
        bucket="none",
        access_key_id="key",
        secret_access_key="secret",
    ) as objects:
        yield objects


@pytest.fixture
async def own_bucket(s3: S3) -> AsyncGenerator[Objects, None]:
    """The worker's bucket, emptied after the test: for who overrides `objects` with it."""
    async with s3.open() as objects:
        yield objects
        for prefix in ("audio/", "covers/", EXPORTS, UPLOADS):
            async for item in objects.list(prefix):
                await objects.delete(item.key)
        for unfinished in await objects.list_unfinished(UPLOADS):
            await objects.abort_parts(unfinished.key, unfinished.upload_id)


@pytest.fixture
def services(
    pool: Pool,
    ids: IdGenerator,
    passwords: Passwords,
    mailbox: FileMailer,
    objects: Objects,
    database_url: str,
) -> Services:
    tokens = AccessTokens(KeyRing(new_key()), seconds=900)
    return Services(
        pool=pool,
        ids=ids,
        callers=Callers(tokens=tokens, provider=None, pool=pool, ids=ids, remember_seconds=900),
        tokens=tokens,
        passwords=passwords,
        session_days=90,
        mailer=mailbox,
        background=Background(),
        queue_changes=QueueChanges(database_url, poll_seconds=3600, most=100, per_person=3),
        signer=UrlSigner(
            public_endpoint_url="http://media.example:9000",
            region="us-east-1",
            bucket="tonearm",
            addressing_style="path",
            credentials=lambda: Credentials("key", "secret"),
        ),
        objects=objects,
        public_objects=objects,
        completing=asyncio.Semaphore(2),
        anonymous_streaming=True,
    )


class Asked:
    """Asks the schema as the endpoint does, and keeps the last request's context."""

    def __init__(self, services: Services, caller: Caller = None, later: float = 0) -> None:
        self.services = services
        self.caller = caller
        self.now: datetime | None = None
        """When it is asked; None is now."""
        self._later = later
        self.context = self._context()

    def _context(self) -> Context:
        now = time.time() if self.now is None else self.now.timestamp()
        return Context(self.services, self.caller, now + self._later)

    def by(self, caller: Caller) -> "Asked":
        """The same for somebody who is signed in, as `People.make` gives them."""
        return Asked(self.services, caller, self._later)

    async def with_token(self, access_token: str) -> "Asked":
        """The same for whoever has this access token."""
        header = f"Bearer {access_token}"
        return self.by(await self.services.callers.identify(header, now=self.context.now))

    def later(self, seconds: float) -> "Asked":
        """The same, asking so much later."""
        return Asked(self.services, self.caller, self._later + seconds)

    async def __call__(self, query: str, **variables: Any) -> Answer:
        """The data; the test fails when there are errors."""
        answer = await self.answer(query, **variables)
        assert "errors" not in answer, answer["errors"]
        data: Answer = answer["data"]
        return data

    async def answer(self, query: str, **variables: Any) -> Answer:
        """The whole answer."""
        self.context = self._context()
        result = await schema.execute(query, variable_values=variables, context_value=self.context)
        await asyncio.sleep(0)  # asyncpg tells of a statement a turn of the event loop later
        errors = [error.formatted for error in result.errors or ()]
        return {"data": result.data} | ({"errors": errors} if errors else {})

    async def error(self, query: str, **variables: Any) -> Any:
        """The only error."""
        [error] = (await self.answer(query, **variables))["errors"]
        return error


@pytest.fixture
def ask(services: Services, clean_database: Pool) -> Asked:
    return Asked(services)


@dataclass(slots=True)
class People:
    """Makes people without an account, signed in."""

    pool: Pool
    ids: IdGenerator

    async def make(self, user_name: str, role: Role = Role.LISTENER) -> Viewer:
        """What a token would say of a new person."""
        user_id = self.ids.next()
        async with self.pool.acquire() as connection:
            await insert_user(connection, user_id, user_name, user_name.title(), datetime.now(UTC))
        return Viewer(user_id, role, session_id=self.ids.next())


@pytest.fixture
def people(clean_database: Pool, ids: IdGenerator) -> People:
    return People(clean_database, ids)


@pytest.fixture
async def statements(
    services: Services, ask: Asked, database_url: str
) -> AsyncGenerator[list[str], None]:
    """The statements that `ask` makes PostgreSQL run on a connection that has run them before."""
    ran: list[str] = []

    def note(query: LoggedQuery) -> None:
        ran.append(query.query)

    async with open_pool(database_url, max_size=1) as pool:
        async with pool.acquire() as connection:  # the one that is handed on for ever
            connection.add_query_logger(note)
        ask.services = replace(services, pool=pool)
        # asyncpg asks once what types look like.
        await ask('{ search(query: "none") { songs { nodes { title } } } }')
        ran.clear()
        yield ran
