"""Migrations that a later version of Tonearm might have, for servers of this one to live with."""

from db.migrate import RESTARTABLE, Migration, migrate, read_migrations
from db.rows import Connection

SELECT_TABLES = """
    SELECT relname FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
        AND relname <> 'schema_migrations' AND relname !~ '^future_'
    ORDER BY relname
"""


async def migrate_to_future(connection: Connection, rounds: int) -> list[str]:
    """Applies those of so many later versions; the names of what was not applied before."""
    tables = [row["relname"] for row in await connection.fetch(SELECT_TABLES)]
    migrations = read_migrations()
    for number in range(1, rounds + 1):
        for sql in _later(tables, number):
            version = len(migrations) + 1
            migrations.append(Migration(version, f"{version:04}_future_{number}", sql))
    return await migrate(connection, migrations)


def _later(tables: list[str], number: int) -> list[str]:
    """A column more for each table, a new table, and new indexes of the fullest ones."""
    return [
        *(
            f"ALTER TABLE {table} ADD COLUMN future_{number} integer NOT NULL DEFAULT 0"
            for table in tables
        ),
        f"CREATE TABLE future_{number} (id bigint PRIMARY KEY, name text NOT NULL)",
        *(
            f"{RESTARTABLE}\n"
            f"DROP INDEX CONCURRENTLY IF EXISTS {table}_future_{number};\n"
            f"CREATE INDEX CONCURRENTLY {table}_future_{number} ON {table} (future_{number});\n"
            for table in ("songs", "plays", "library_songs")
            if table in tables
        ),
    ]
