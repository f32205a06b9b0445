"""`kill -9` in the middle of a run, and the next run."""

import asyncio
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from db.pool import Pool
from storage.objects import Objects
from tests.conftest import S3
from tests.ingest.conftest import Ingest
from tests.ingest.test_ingest import FILES, SONGS, assert_consistent, count


@pytest.mark.parametrize(
    ("point", "passes"),
    [
        ("before put", 0),
        ("after put", 0),
        ("after put", 4),
        ("in transaction", 0),
        ("in transaction", 3),
        ("in transaction", 20),
        ("after commit", 0),
        ("after commit", 5),
    ],
)
async def test_after_a_kill_the_next_run_completes_the_work(
    run: Ingest,
    clean_database: Pool,
    objects: Objects,
    database_url: str,
    s3: S3,
    library: Path,
    point: str,
    passes: int,
) -> None:
    where = [s3.endpoint_url, s3.region, s3.access_key_id, s3.secret_access_key, s3.bucket]
    command = [sys.executable, "-m", "tests.ingest.killed", point, str(passes)]
    process = await asyncio.to_thread(
        subprocess.run,
        [*command, database_url, *where, str(library)],
        timeout=60,
        check=False,
        capture_output=True,
    )
    assert process.returncode == -signal.SIGKILL, process.stderr.decode()
    await assert_consistent(clean_database, objects)
    before = await count(clean_database, "files")
    assert before < FILES
    there = {item.key async for item in objects.list("audio/")}

    summary = await run(library)
    assert summary.problems == []
    assert before + summary.new_files == await count(clean_database, "files") == FILES
    assert await count(clean_database, "songs") == SONGS
    await assert_consistent(clean_database, objects)
    # What was uploaded before the kill was not uploaded again.
    sizes = await clean_database.fetch("SELECT object_key, size_bytes FROM files")
    assert summary.bytes_uploaded == sum(
        row["size_bytes"] for row in sizes if row["object_key"] not in there
    )
    assert (await run(library)).unchanged == FILES
