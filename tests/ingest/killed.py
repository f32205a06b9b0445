"""A run of `ingest` that kills itself, as `kill -9` would, at a given point.

Arguments: the point and how many times it is passed before, then where everything is.
"""

import asyncio
import os
import signal
import sys
from pathlib import Path

from db.ids import IdGenerator, lease_ids
from db.pool import open_pool
from ingest import Event, Finished, ingest
from storage.objects import Objects, open_objects


class Countdown:
    def __init__(self, point: str, passes: int) -> None:
        self.point = point
        self.passes = passes

    def pass_by(self, point: str) -> None:
        if point == self.point:
            if self.passes == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            self.passes -= 1


async def main(
    point: str,
    passes: str,
    database_url: str,
    endpoint_url: str,
    region: str,
    access_key_id: str,
    secret_access_key: str,
    bucket: str,
    music: str,
) -> None:
    countdown = Countdown(point, int(passes))

    class DeadlyObjects(Objects):
        async def put(self, key: str, *arguments: object, **options: object) -> None:
            countdown.pass_by("before put")
            await super().put(key, *arguments, **options)  # type: ignore[arg-type]
            countdown.pass_by("after put")

    class DeadlyIds(IdGenerator):
        def next(self) -> int:
            countdown.pass_by("in transaction")
            return super().next()

    def on_event(event: Event) -> None:
        if isinstance(event, Finished):
            countdown.pass_by("after commit")

    async with (
        open_pool(database_url) as pool,
        open_objects(
            endpoint_url=endpoint_url,
            region=region,
            bucket=bucket,
            access_key_id=access_key_id,
            secret_access_key=secret_access_key,
        ) as objects,
        lease_ids(pool) as ids,
    ):
        objects.__class__ = DeadlyObjects
        ids.__class__ = DeadlyIds
        await ingest([Path(music)], pool=pool, objects=objects, ids=ids, on_event=on_event)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
