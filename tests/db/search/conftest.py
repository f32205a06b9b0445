from collections.abc import AsyncGenerator

import pytest

from db.pool import Pool, open_pool
from tests.conftest import Postgres, new_database


@pytest.fixture
async def own_pool(postgres: Postgres, worker: str) -> AsyncGenerator[Pool, None]:
    """Three connections to a database of the test's own, where transactions commit."""
    name = f"{postgres.template}_{worker}_upkeep"
    async with (
        new_database(postgres.owner_url, name, postgres.template) as url,
        open_pool(url, min_size=3, max_size=3) as pool,
    ):
        yield pool


@pytest.fixture
def small_tiers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tiers of 150, 200, 300 rows, and the rest."""
    rows = (150, 200, 300, *[10**6] * 4)
    monkeypatch.setattr("db.search.ranking.TIER_ROWS", rows)
    monkeypatch.setattr("db.search.hot.TIER_ROWS", rows)
