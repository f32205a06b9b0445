from collections.abc import AsyncGenerator

import pytest

from db.ids import lease_ids
from db.pool import Pool
from tests.factories import Factory


@pytest.fixture
async def factory(clean_database: Pool) -> AsyncGenerator[Factory, None]:
    async with lease_ids(clean_database) as ids:
        yield Factory(clean_database, ids)
