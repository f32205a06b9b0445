"""The rules of the data model that keep it ready for many machines, read off the catalogue."""

from db.distribution import DISTRIBUTION, LOCAL, REFERENCE
from db.rows import Connection


async def test_every_table_says_where_its_rows_live(connection: Connection) -> None:
    tables = await connection.fetch(
        """
        SELECT relname FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
          AND NOT relispartition
        """
    )
    assert {row["relname"] for row in tables} == set(DISTRIBUTION)


async def test_distribution_columns_exist(connection: Connection) -> None:
    for table, column in DISTRIBUTION.items():
        if column not in (LOCAL, REFERENCE):
            assert await connection.fetchval(
                """
                SELECT attnotnull FROM pg_attribute
                WHERE attrelid = $1::regclass AND attname = $2
                """,
                table,
                column,
            ), f"{table}.{column} must exist and be NOT NULL"


async def test_unique_keys_contain_the_distribution_column(connection: Connection) -> None:
    indexes = await connection.fetch(
        """
        SELECT indrelid::regclass::text AS table, indexrelid::regclass::text AS index,
               array(SELECT attname::text FROM pg_attribute
                     WHERE attrelid = indrelid AND attnum = ANY(indkey)) AS columns
        FROM pg_index JOIN pg_class ON pg_class.oid = indrelid
        WHERE indisunique AND relnamespace = 'public'::regnamespace AND NOT relispartition
        """
    )
    assert len(indexes) >= 15
    for row in indexes:
        column = DISTRIBUTION[row["table"]]
        assert column in (LOCAL, REFERENCE) or column in row["columns"], row["index"]


async def test_foreign_keys_stay_within_a_shard(connection: Connection) -> None:
    keys = await connection.fetch(
        """
        SELECT conrelid::regclass::text AS child, confrelid::regclass::text AS parent,
               (SELECT attname::text FROM pg_attribute
                WHERE attrelid = conrelid AND attnum = conkey[1]) AS child_column,
               (SELECT attname::text FROM pg_attribute
                WHERE attrelid = confrelid AND attnum = confkey[1]) AS parent_column
        FROM pg_constraint
        WHERE contype = 'f' AND connamespace = 'public'::regnamespace AND conparentid = 0
        """
    )
    assert keys
    for row in keys:
        assert DISTRIBUTION[row["parent"]] == REFERENCE or (
            DISTRIBUTION[row["child"]] == row["child_column"]
            and DISTRIBUTION[row["parent"]] == row["parent_column"]
        ), f"{row['child']} → {row['parent']}"


async def test_there_are_no_triggers_and_no_sequences(connection: Connection) -> None:
    assert not await connection.fetchval("SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal")
    assert not await connection.fetchval(
        """
        SELECT count(*) FROM pg_class
        WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace
        """
    )
