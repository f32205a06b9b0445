"""`python -m benchmarks.overload`: the times of accepted requests while twice as much is asked as
can be done, with and without load shedding. Writes a table to benchmarks/overload/results."""

import argparse
import asyncio
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import uvloop

from benchmarks.overload.load import Load
from tests.chaos.servers import deploy
from tests.conftest import server_directory

RESULTS: Final = Path(__file__).parent / "results"
QUERY: Final = """{ search(query: "ka") { songs(first: 20) { nodes { title artists { name }
  album { title } stream { url } } } } }"""
SHARES: Final = (0.5, 0.9, 1.5, 2.0, 3.0)
HEADER: Final = (
    "| load shedding | offered | a second | answered a second | p50 ms | p99 ms | refused "
    "| p99 of refusals, ms | no answer in 15 s |\n|---|---|---|---|---|---|---|---|---|"
)


def request() -> bytes:
    body = json.dumps({"query": QUERY}).encode()
    head = b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
    return head + b"content-length: %d\r\n\r\n%b" % (len(body), body)


async def measure(shedding: bool, seconds: float) -> list[str]:
    environment = {} if shedding else {"TONEARM_MAX_CONCURRENT_REQUESTS": "0"}
    rows = []
    with server_directory() as directory:
        async with deploy(directory, environment, workers=1, direct=True) as deployment:
            load = Load(deployment.api_port, request())
            await load.closed(12, 2)
            capacity = await load.closed(12, seconds)
            print(f"capacity {capacity:.0f} a second", flush=True)
            for share in SHARES:
                measured = await Load(deployment.api_port, request()).run(capacity * share, seconds)
                rows.append(
                    f"| {'on' if shedding else 'off'} | {share} x | {capacity * share:.0f} "
                    f"| {measured.count(200) / seconds:.0f} "
                    f"| {measured.percentile_ms(200, 0.5):.0f} "
                    f"| {measured.percentile_ms(200, 0.99):.0f} "
                    f"| {100 * measured.count(503) / measured.total():.0f} % "
                    f"| {measured.percentile_ms(503, 0.99):.0f} "
                    f"| {measured.count(0)} |"
                )
                print(rows[-1], flush=True)
                await asyncio.sleep(3)
    return rows


async def main(seconds: float) -> None:
    rows = [*await measure(True, seconds), *await measure(False, seconds)]
    RESULTS.mkdir(exist_ok=True)
    when = datetime.now(UTC).date().isoformat()
    (RESULTS / f"{when}.md").write_text(
        f"A page of 20 songs, one worker, {os.cpu_count()} cores that PostgreSQL and the clients "
        f"use as well, {seconds:.0f} s each. Offered is a share of what 12 clients get that ask "
        "one thing after the other; times are from when a request was due.\n\n"
        + "\n".join([HEADER, *rows])
        + "\n"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10)
    uvloop.run(main(parser.parse_args().seconds))
