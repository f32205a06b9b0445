from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from auth.keys import KeyRing, new_key
from auth.tokens import AccessTokens
from db.ids import IdGenerator, lease_ids
from db.pool import Pool
from db.users import insert_user
from resolvers.context import Context, Services
from resolvers.viewer import Caller, Role, Viewer
from schema.schema import schema
from storage.credentials import Credentials
from storage.signer import UrlSigner
from tests.factories import Factory

Answer = dict[str, Any]


@pytest.fixture(scope="session")
async def ids(pool: Pool) -> AsyncGenerator[IdGenerator, None]:
    async with lease_ids(pool) as ids:
        yield ids


@pytest.fixture
def factory(clean_database: Pool, ids: IdGenerator) -> Factory:
    return Factory(clean_database, ids)


@pytest.fixture
def services(pool: Pool, ids: IdGenerator) -> Services:
    return Services(
        pool=pool,
        ids=ids,
        tokens=AccessTokens(KeyRing(new_key()), seconds=900),
        signer=UrlSigner(
            public_endpoint_url="http://media.example:9000",
            region="us-east-1",
            bucket="tonearm",
            addressing_style="path",
            credentials=lambda: Credentials("key", "secret"),
        ),
        anonymous_streaming=True,
    )


class Asked:
    """Asks the schema as the endpoint does, and keeps the last request's context."""

    def __init__(self, services: Services, caller: Caller = None) -> None:
        self.services = services
        self.caller = caller
        self.context = Context(services, caller)

    def by(self, caller: Caller) -> "Asked":
        """The same for somebody who is signed in, as `People.make` gives them."""
        return Asked(self.services, caller)

    async def __call__(self, query: str, **variables: Any) -> Answer:
        """The data; the test fails when there are errors."""
        answer = await self.answer(query, **variables)
        assert "errors" not in answer, answer["errors"]
        data: Answer = answer["data"]
        return data

    async def answer(self, query: str, **variables: Any) -> Answer:
        """The whole answer."""
        self.context = Context(self.services, self.caller)
        result = await schema.execute(query, variable_values=variables, context_value=self.context)
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
