"""`python -m benchmarks.ingest`: MB/s and files/s of ingest, at several concurrencies.

Starts a PostgreSQL and an S3 server of its own, as the demo does (durable, fsync on), makes MP3
files of random noise, each with tags of its own and a cover for every twelve, and ingests as many
new ones at each concurrency in one run. Writing the same bytes to the same disk is the yardstick.
"""

import argparse
import asyncio
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import imageio_ffmpeg  # type: ignore[import-untyped]
from PIL import Image

from app.embedded import Stack, start_stack
from db.ids import lease_ids
from db.migrate import migrate
from db.pool import connect, open_pool
from ingest.run import ingest
from storage.objects import open_objects

FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()
PER_ALBUM = 12


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=60, help="files at each concurrency")
    parser.add_argument("--seconds", type=int, default=210, help="length of a file: 5 MB at 210")
    parser.add_argument("--concurrency", type=int, nargs="+", default=[1, 4, 8])
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tonearm-bench-") as name:
        directory = Path(name)
        directory.chmod(0o711)
        sources = make_music(directory / "music", arguments)
        stack_directory = directory / "stack"
        stack_directory.mkdir()
        with start_stack(stack_directory) as stack:
            asyncio.run(measure(stack, sources, arguments.concurrency))


def make_music(directory: Path, arguments: argparse.Namespace) -> dict[int, Path]:
    """A folder of files for each concurrency, no two with the same content."""
    directory.mkdir()
    noise, base = directory / "noise.mp3", ["-v", "error", "-y"]
    source = ["-f", "lavfi", "-i", f"anoisesrc=a=0.1:d={arguments.seconds}"]
    subprocess.run([FFMPEG, *base, *source, "-ac", "2", "-b:a", "192k", noise], check=True)
    folders: dict[int, Path] = {}
    for concurrency in arguments.concurrency:
        folder = folders[concurrency] = directory / f"at-{concurrency}"
        for number in range(arguments.files):
            album, track = divmod(number, PER_ALBUM)
            place = folder / f"Album {album}"
            place.mkdir(parents=True, exist_ok=True)
            if track == 0:
                Image.frombytes("RGB", (600, 600), os.urandom(600 * 600 * 3)).save(
                    place / "cover.jpg", quality=80
                )
            tags = {
                "title": f"Song {number} at {concurrency}",
                "artist": f"Artist {album % 7}",
                "album": f"Album {album} at {concurrency}",
                "track": str(track + 1),
                "genre": "Noise",
            }
            metadata = [part for tag in tags.items() for part in ("-metadata", "=".join(tag))]
            subprocess.run(
                [FFMPEG, *base, "-i", noise, "-c", "copy", *metadata, place / f"{track}.mp3"],
                check=True,
            )
    return folders


async def measure(stack: Stack, folders: dict[int, Path], concurrencies: list[int]) -> None:
    async with connect(stack.database_url) as connection:
        await migrate(connection)
    async with (
        open_pool(stack.database_url, max_size=max(concurrencies) + 2) as pool,
        open_objects(
            endpoint_url=stack.s3_endpoint_url,
            region=stack.s3_region,
            bucket=stack.s3_bucket,
            access_key_id=stack.s3_access_key_id,
            secret_access_key=stack.s3_secret_access_key,
        ) as objects,
        lease_ids(pool) as ids,
    ):
        await objects.ensure_bucket()
        print(f"copying the files: {copy_rate(folders[concurrencies[0]]):7.1f} MB/s")
        for concurrency in concurrencies:
            folder = folders[concurrency]
            summary = await ingest(
                [folder], pool=pool, objects=objects, ids=ids, concurrency=concurrency
            )
            assert not summary.problems, summary.problems
            print(
                f"concurrency {concurrency:2}: {summary.bytes_read / 1e6 / summary.seconds:11.1f} "
                f"MB/s {summary.new_files / summary.seconds:7.1f} files/s "
                f"({summary.new_files} files, {summary.bytes_read / 1e6:.0f} MB)"
            )
            again = await ingest(
                [folder], pool=pool, objects=objects, ids=ids, concurrency=concurrency
            )
            assert again.bytes_read == 0
            print(f"  the same again: {again.seconds * 1000:8.0f} ms, nothing read")


def copy_rate(folder: Path) -> float:
    """MB/s of copying a folder and waiting until it is on disk."""
    began = time.perf_counter()
    copied = folder.with_name("copied")
    shutil.copytree(folder, copied)
    for path in copied.rglob("*.mp3"):
        with path.open("rb+") as file:
            os.fsync(file.fileno())
    size = sum(path.stat().st_size for path in copied.rglob("*.mp3"))
    return size / 1e6 / (time.perf_counter() - began)


if __name__ == "__main__":
    main()
