"""Work in the background that kills itself, as `kill -9` would, after so many batches.

Arguments: which work and how many batches, then where everything is.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from db.pool import open_pool
from resolvers import deletions, exports
from storage.objects import open_objects


async def main(
    work: str,
    batches: str,
    database_url: str,
    endpoint_url: str,
    region: str,
    access_key_id: str,
    secret_access_key: str,
    bucket: str,
) -> None:
    left = int(batches)

    def deadly(do: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def batch(*arguments: Any) -> Any:
            nonlocal left
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            left -= 1
            return await do(*arguments)

        return batch

    for module, name in ((deletions, "delete_batch"), (exports, "select_kept")):
        setattr(module, "ROWS_AT_ONCE", 1)  # noqa: B010 (it is Final)
        setattr(module, name, deadly(getattr(module, name)))
    async with (
        open_pool(database_url) as pool,
        open_objects(
            endpoint_url=endpoint_url,
            region=region,
            bucket=bucket,
            access_key_id=access_key_id,
            secret_access_key=secret_access_key,
        ) as objects,
    ):
        if work == "erase":
            await deletions.erase_due(pool, objects)
        else:
            await exports.work_off_exports(pool, objects)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
