from collections.abc import AsyncGenerator
from typing import Any

import pytest

from db.ids import lease_ids
from db.pool import Pool
from db.users import UserRecord
from resolvers.context import Context, Services
from schema.schema import schema
from storage.credentials import Credentials
from storage.signer import UrlSigner
from tests.factories import Factory

Answer = dict[str, Any]


@pytest.fixture
async def factory(clean_database: Pool) -> AsyncGenerator[Factory, None]:
    async with lease_ids(clean_database) as ids:
        yield Factory(clean_database, ids)


@pytest.fixture
def services(pool: Pool) -> Services:
    return Services(
        pool=pool,
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

    def __init__(self, services: Services) -> None:
        self.services = services
        self.context = Context(services)

    async def __call__(self, query: str, **variables: Any) -> Answer:
        """The data; the test fails when there are errors."""
        answer = await self.answer(query, **variables)
        assert "errors" not in answer, answer["errors"]
        data: Answer = answer["data"]
        return data

    async def answer(
        self, query: str, *, viewer: UserRecord | None = None, **variables: Any
    ) -> Answer:
        """The whole answer."""
        self.context = Context(self.services, viewer=viewer)
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
