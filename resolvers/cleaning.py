"""All that is left to do in the background: what merges, deletions and uploads have left.

Each part goes on where it stopped, whoever did it before, and any number may be at it at once.
"""

from dataclasses import dataclass
from datetime import datetime

from db.pool import Pool, acquire
from db.search.renames import drain_renames
from resolvers.curation.deleting import finish_deletions
from resolvers.curation.settling import delete_objects, settle
from resolvers.uploads import clean_up as clean_up_uploads
from storage.objects import Objects


@dataclass(frozen=True, slots=True)
class CleanedUp:
    """What was done: uploads that nobody completed and contents that nothing needs are deleted,
    and merged or deleted ids are in nobody's rows any more."""

    uploads: int
    contents: int
    ids: int


async def clean_up(pool: Pool, objects: Objects, now: datetime) -> CleanedUp:
    """Raises `DatabaseError` and `StorageError`; what is left is done the next time."""
    async with acquire(pool, timeout=60) as connection:
        await drain_renames(connection)
    await finish_deletions(pool, now)
    ids = await settle(pool, now)
    contents = await delete_objects(pool, objects)
    return CleanedUp(await clean_up_uploads(pool, objects, now), contents, ids)
