"""`make chaos`: every fault, one after the other, on one deployment; prints a table."""

import argparse
import asyncio
import sys
from contextlib import ExitStack

from tests.chaos.faults import FAULTS, HEADER, Disk, fill_disk, suffer
from tests.chaos.people import crowd
from tests.chaos.servers import Deployment, deploy
from tests.chaos.uploads import STORAGE_FAULTS, Curator
from tests.conftest import server_directory


async def main(only: str) -> int:
    bad = 0
    with server_directory() as directory, ExitStack() as mounted:
        disk = Disk.mount(directory / "postgres", 1_500)
        if disk is not None:
            mounted.callback(disk.unmount)
        async with (
            deploy(directory) as deployment,
            crowd(deployment.url, deployment.songs) as people,
        ):
            print(HEADER, flush=True)
            for fault in FAULTS:
                if only not in fault.name:
                    continue
                if fault.do is fill_disk and disk is None:
                    print(f"| {fault.name} | not done: it takes root to mount a small disk |")
                    continue
                outcome = await suffer(fault, deployment, people)
                print(outcome.row(), flush=True)
                if broken := outcome.broken_promises():
                    bad += 1
                    print(f"BROKEN: {broken[:10]}", file=sys.stderr, flush=True)
            bad += await uploads(deployment, only)
            if bad:
                print((directory / "tonearm.log").read_text()[-6_000:], file=sys.stderr)
    return 1 if bad else 0


async def uploads(deployment: Deployment, only: str) -> int:
    """How many faults of S3 were not as they should be."""
    faults = [fault for fault in STORAGE_FAULTS if only in fault.name]
    bad = 0
    if faults:
        async with Curator(deployment).signed_up() as curator:
            await curator.become()
            for fault in faults:
                told, seconds, at_last = await curator.suffer(fault)
                lost = "0" if at_last == "ok" else at_last
                print(f"| {fault.name} | {told} | {seconds:.1f} | 0.0 | 1 | {lost} |", flush=True)
                bad += told != fault.told or at_last != "ok"
    return bad


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("only", nargs="?", default="", help="a part of a fault's name")
    sys.exit(asyncio.run(main(parser.parse_args().only)))
