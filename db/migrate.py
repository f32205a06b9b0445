"""Brings a database's schema up to this version of Tonearm.

Migrations are the SQL files in `db/migrations`, applied in the order of their numbers, each in a
transaction. A file whose first line is `-- restartable: no transaction` runs statement by
statement outside of one (concurrent index builds need that): a statement ends with a semicolon
at the end of a line, and each must be fit to run again after a crash half-way.

A server goes on answering meanwhile: no statement waits long for a lock (`LOCK_TIMEOUT_MS`). What
a migration must be like so that the servers of the version before run on: docs/operations.md.
"""

import asyncio
import hashlib
import logging
import random
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import asyncpg

from db.errors import MigrationError
from db.rows import Connection

DIRECTORY: Final = Path(__file__).with_name("migrations")
RESTARTABLE: Final = "-- restartable: no transaction"
LOCK_KEY: Final = 0x746F6E65  # "tone"; one migration at a time per database

logger: Final = logging.getLogger("tonearm.migrate")

LOCK_TIMEOUT_MS: Final = 500
"""How long a statement waits for a table's lock: whoever comes to the table meanwhile, even to
read, waits behind it."""

ATTEMPTS: Final = 200
"""How often a migration is tried while others hold its tables: for five minutes or so."""

PAUSE_SECONDS: Final = 1.0
"""Between two attempts, in which those who waited are served."""


@dataclass(frozen=True, slots=True)
class Migration:
    version: int
    name: str
    sql: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()

    @property
    def statements(self) -> list[str]:
        """What to run one by one: a restartable file's statements, else the whole file."""
        if not self.sql.startswith(RESTARTABLE):
            return [self.sql]
        return [part for part in re.split(r"(?<=;)\s*\n", self.sql) if part.strip()]


def read_migrations(directory: Path = DIRECTORY) -> list[Migration]:
    """The migrations of this version of Tonearm, in order."""
    found = [
        Migration(int(path.name.split("_")[0]), path.stem, path.read_text(encoding="utf-8"))
        for path in sorted(directory.glob("[0-9]*.sql"))
    ]
    if [migration.version for migration in found] != list(range(1, len(found) + 1)):
        raise MigrationError(f"The migrations in {directory} are not numbered 1, 2, 3, …")
    return found


async def select_pending(
    connection: Connection, migrations: list[Migration] | None = None
) -> list[Migration]:
    """The migrations that this database has not had yet.

    Raises `MigrationError` when it is newer than this version, or had other migrations.
    """
    migrations = read_migrations() if migrations is None else migrations
    exists = await connection.fetchval("SELECT to_regclass('schema_migrations') IS NOT NULL")
    rows = (
        await connection.fetch("SELECT version, name, sha256 FROM schema_migrations")
        if exists
        else []
    )
    known = {migration.version: migration for migration in migrations}
    for row in rows:
        migration = known.get(row["version"])
        if migration is None:
            raise MigrationError(
                f"The database has had migration {row['name']}, which this version of Tonearm "
                "does not know: run the version that is at least as new as the database"
            )
        if migration.sha256 != row["sha256"]:
            raise MigrationError(
                f"Migration {migration.name} has changed since this database had it: restore "
                "the file, and put the change into a migration of its own"
            )
    applied = {row["version"] for row in rows}
    return [migration for migration in migrations if migration.version not in applied]


async def migrate(connection: Connection, migrations: list[Migration] | None = None) -> list[str]:
    """Applies what is pending and gives the names; other callers wait until it is done.

    `connection` must be a session of its own, not one that a proxy shares out by transaction.
    """
    await connection.execute("SET statement_timeout = 0")
    await connection.execute("SELECT pg_advisory_lock($1)", LOCK_KEY)
    try:
        await connection.execute(
            """
            CREATE TABLE IF NOT EXISTS schema_migrations (
                version integer PRIMARY KEY,
                name text NOT NULL,
                sha256 text NOT NULL,
                applied_at timestamptz NOT NULL DEFAULT now()
            )
            """
        )
        pending = await select_pending(connection, migrations)
        for migration in pending:
            await _apply(connection, migration)
    finally:
        await connection.execute("RESET lock_timeout")
        await connection.execute("SELECT pg_advisory_unlock($1)", LOCK_KEY)
        await connection.execute("RESET statement_timeout")
    return [migration.name for migration in pending]


async def _apply(connection: Connection, migration: Migration) -> None:
    """Applies it between those who use its tables."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            if migration.sql.startswith(RESTARTABLE):
                for statement in migration.statements:
                    await _limit_waiting(connection, statement)
                    await connection.execute(statement)
                await _insert_migration(connection, migration)
            else:
                async with connection.transaction():
                    await _limit_waiting(connection, migration.sql)
                    await connection.execute(migration.sql)
                    await _insert_migration(connection, migration)
        except (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError) as error:
            if attempt == ATTEMPTS:
                raise MigrationError(
                    f"Migration {migration.name} did not get its locks in {ATTEMPTS} attempts "
                    f"({error}): something holds its tables. Look for long transactions in "
                    "pg_stat_activity, and run it again; what was applied before it stays"
                ) from error
            if attempt == 1:
                logger.warning("%s waits for tables that are in use", migration.name)
            await asyncio.sleep(PAUSE_SECONDS * random.uniform(0.5, 1.5))  # noqa: S311
        else:
            return


async def _limit_waiting(connection: Connection, sql: str) -> None:
    """What is done concurrently waits for others without keeping anybody waiting, so it may wait
    for as long as it likes."""
    limit = 0 if "CONCURRENTLY" in sql else LOCK_TIMEOUT_MS
    await connection.execute("SELECT set_config('lock_timeout', $1, false)", str(limit))


async def _insert_migration(connection: Connection, migration: Migration) -> None:
    await connection.execute(
        "INSERT INTO schema_migrations (version, name, sha256) VALUES ($1, $2, $3)",
        migration.version,
        migration.name,
        migration.sha256,
    )
