"""How much each client may ask for: by person, by token (a session), by address.

Each process counts for itself, in memory, and tells the others through PostgreSQL in the
background, so that a request costs no statement. docs/decisions/0030 says how far that can be
from exact, and why it is enough.
"""

import asyncio
import logging
import math
import time
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, suppress
from typing import Final

from app.beside import beside
from app.protocol import Header, RequestError
from db.errors import DatabaseError
from db.pool import Pool, acquire
from db.rate_buckets import delete_full_buckets, upsert_buckets
from resolvers.viewer import Caller, Viewer

logger: Final = logging.getLogger("tonearm.rate_limits")

WINDOW: Final = 60.0
"""Seconds in which an empty bucket is full again."""

FULL: Final = WINDOW + 1e-3
"""The same, with what is lost when seconds since 1970 are added up."""

SHARE_SECONDS: Final = 1.0
"""How often processes tell each other what was used."""

AT_ONCE: Final = 1 / 8
"""The part of a budget that a process tells the others of at once when it was used."""

AT_LEAST: Final = 1 / 50
"""The part of a budget below which nothing is told."""

TOLD_FROM: Final = WINDOW * AT_LEAST
TOLD_AT_ONCE_FROM: Final = WINDOW * AT_ONCE

MOST_BUCKETS: Final = 20_000
"""Buckets of a kind that are kept twice over, some 10 MB; a flood pushes out the oldest."""

BATCH: Final = 1_000
"""Buckets that are shared by one statement."""


class Bucket:
    """What one client has used, told as the time when the bucket is full again."""

    __slots__ = ("full_at", "key", "limit", "seconds", "untold")

    def __init__(self, limit: "Limit", key: str) -> None:
        self.limit = limit
        self.seconds = limit.seconds
        self.key = key
        self.full_at = 0.0
        self.untold = 0.0


class Limit:
    """A budget of so many points in a minute for each client of a kind."""

    __slots__ = (
        "_new",
        "_old",
        "_turn_at",
        "left",
        "name",
        "points",
        "policy",
        "policy_header",
        "seconds",
    )

    def __init__(self, name: str, points: int) -> None:
        self.name = name
        self.points = points
        self.seconds = WINDOW / points
        self.policy = b'"%b";q=%d;w=%d;qu="points"' % (name.encode(), points, WINDOW)
        self.policy_header = (b"ratelimit-policy", self.policy)
        self.left = b'"%b";r=%%d;t=%%d' % name.encode()
        self._new: dict[int | str, Bucket] = {}
        self._old: dict[int | str, Bucket] = {}
        self._turn_at = 0.0

    def bucket(self, client: int | str, now: float) -> Bucket:
        if now < self._turn_at:
            bucket = self._new.get(client)
            if bucket is not None:
                return bucket
        if now >= self._turn_at or len(self._new) >= MOST_BUCKETS:
            # What was not used for a window is full, and as good as new.
            self._old, self._new = self._new, {}
            self._turn_at = now + WINDOW
        bucket = self._old.pop(client, None) or Bucket(self, f"{self.name}:{client}")
        self._new[client] = bucket
        return bucket

    def __len__(self) -> int:
        return len(self._new) + len(self._old)


class RequestMeter:
    """Counts what a request uses, in all the buckets that it is counted in."""

    __slots__ = ("_buckets", "_limits", "_now", "points")

    def __init__(self, limits: "RateLimits", buckets: Sequence[Bucket], now: float) -> None:
        self._limits = limits
        self._buckets = buckets
        self._now = now
        self.points = 0

    def charge(self, points: int) -> None:
        """Takes points from the buckets; raises `RequestError` when one of them has too few.

        What costs more than a whole budget may empty a bucket that is full.
        """
        now = self._now
        for bucket in self._buckets:
            full_at = bucket.full_at
            if full_at > now and full_at + points * bucket.seconds > now + FULL:
                self._refuse(bucket, min(points * bucket.seconds, WINDOW))
        for bucket in self._buckets:
            taken = points * bucket.seconds
            full_at = bucket.full_at
            bucket.full_at = taken + (full_at if full_at > now else now)  # noqa: FURB136 (is slow)
            untold = bucket.untold = bucket.untold + taken
            if untold >= TOLD_FROM:
                self._limits.tell(bucket)
        self.points += points

    def _refuse(self, bucket: Bucket, wanted: float) -> None:
        limit = bucket.limit
        seconds = max(1, math.ceil(bucket.full_at + wanted - self._now - WINDOW))
        raise RequestError(
            "RATE_LIMITED",
            f"This {limit.name} has used its {limit.points:,} points a minute. Try again in "
            f"{seconds} seconds, and ask for less at once.",
            (b"retry-after", b"%d" % seconds),
            *self.headers(),
            retryAfter=seconds,
            limit=limit.name,
        )

    def headers(self) -> tuple[Header, ...]:
        """What is left, as in draft-ietf-httpapi-ratelimit-headers."""
        if len(self._buckets) == 1:
            bucket = self._buckets[0]
            return (bucket.limit.policy_header, (b"ratelimit", self._left_of(bucket)))
        policies = b", ".join([bucket.limit.policy for bucket in self._buckets])
        left = b", ".join([self._left_of(bucket) for bucket in self._buckets])
        return ((b"ratelimit-policy", policies), (b"ratelimit", left)) if left else ()

    def _left_of(self, bucket: Bucket) -> bytes:
        used = bucket.full_at - self._now
        limit = bucket.limit
        if used <= 0:
            return limit.left % (limit.points, 0)
        return limit.left % (_left(used, limit), used + 1)

    def as_extension(self) -> dict[str, object]:
        """What the request cost and what is left, by the bucket that has the smallest part left."""
        now = self._now
        found: dict[str, object] = {"cost": self.points}
        if self._buckets:
            scarcest = max(self._buckets, key=lambda bucket: bucket.full_at)
            found["budget"] = scarcest.limit.points
            found["remaining"] = _left(scarcest.full_at - now, scarcest.limit)
            found["fullInSeconds"] = math.ceil(max(scarcest.full_at - now, 0))
        return found


def _left(used: float, limit: Limit) -> int:
    """Points that are left where so many seconds' worth is used."""
    if used <= 0:
        return limit.points
    return int((WINDOW - used) / limit.seconds + 1e-6) if used < WINDOW else 0


class RateLimits:
    """The limits of a process. A limit of 0 points is none."""

    def __init__(self, *, person: int, token: int, address: int) -> None:
        self._person = Limit("person", person) if person else None
        self._token = Limit("token", token) if token else None
        self._address = Limit("address", address) if address else None
        self._to_tell: dict[Bucket, None] = {}
        self._urgent = asyncio.Event()

    def meter(self, caller: Caller, address: str, now: float) -> RequestMeter:
        """What counts a request: by person and token for who is signed in, else by address."""
        if caller is None and self._address is not None:
            return RequestMeter(self, (self._address.bucket(address, now),), now)
        buckets: list[Bucket] = []
        if isinstance(caller, Viewer):
            if self._person is not None:
                buckets.append(self._person.bucket(caller.id, now))
            if self._token is not None and caller.session_id is not None:
                buckets.append(self._token.bucket(caller.session_id, now))
        elif self._address is not None:
            buckets.append(self._address.bucket(address, now))
        return RequestMeter(self, buckets, now)

    def tell(self, bucket: Bucket) -> None:
        """Tells the others of what was taken from a bucket, soon."""
        self._to_tell[bucket] = None
        if bucket.untold >= TOLD_AT_ONCE_FROM:
            self._urgent.set()

    async def share(self, pool: Pool, now: float) -> None:
        """Tells the other processes what was used here, and learns what was used there."""
        self._urgent.clear()
        buckets = list(self._to_tell)[:BATCH]
        if not buckets:
            return
        told = {bucket.key: bucket.untold for bucket in buckets}
        for bucket in buckets:
            del self._to_tell[bucket]
            bucket.untold = 0.0
        try:
            async with acquire(pool) as connection:
                stands = {
                    row.key: row.full_at for row in await upsert_buckets(connection, told, now)
                }
        except BaseException:
            for bucket in buckets:
                bucket.untold += told[bucket.key]
                self._to_tell[bucket] = None
            raise
        for bucket in buckets:
            bucket.full_at = stands[bucket.key] + bucket.untold

    async def wait(self) -> None:
        """Waits until there is something to tell at once, for no longer than it may."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._urgent.wait(), SHARE_SECONDS)


def keep_shared(limits: RateLimits, pool: Pool) -> AbstractAsyncContextManager[None]:
    """Shares what is used with the other processes, in the background."""
    return beside(_keep(limits, pool))


async def _keep(limits: RateLimits, pool: Pool) -> None:
    cleaned = time.time()
    while True:
        await limits.wait()
        now = time.time()
        try:
            await limits.share(pool, now)
            if now > cleaned + WINDOW:
                cleaned = now
                async with acquire(pool) as connection:
                    await delete_full_buckets(connection, now)
        except DatabaseError as error:
            logger.warning("What clients use is not shared with other processes: %s", error)
            await asyncio.sleep(SHARE_SECONDS)
