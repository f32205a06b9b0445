"""PostgreSQL: pool, migrations, and one module per entity with its record and its SQL."""
