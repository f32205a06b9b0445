"""What a resolver has at hand: the services of the process, and the state of one request."""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Final, TypeAlias, TypeVar

import strawberry

from auth.passwords import Passwords
from auth.tokens import AccessTokens
from db.errors import DatabaseTimeout, DatabaseUnavailable, ReferenceGone
from db.ids import IdGenerator
from db.pool import Pool, acquire
from db.rows import Connection
from db.transactions import Conflict, transact
from engine.batch import Loaders
from resolvers.background import Background
from resolvers.callers import Callers
from resolvers.errors import AccountGone, DeadlineExceeded, DomainError, NotSignedIn, Unavailable
from resolvers.letters import Mailer
from resolvers.viewer import Caller, Viewer
from storage.signer import UrlSigner

Result = TypeVar("Result")

CONNECTIONS_PER_REQUEST: Final = 3
"""A request never holds more connections than this, however many batches it has at once."""

ACQUIRE_SECONDS: Final = 5.0
"""How long a transaction waits for a connection."""


@dataclass(frozen=True, slots=True)
class Services:
    """Made once, when the process starts.

    Attributes:
        tokens: None where nobody can sign in with a password.
        session_days: After so many days without a refresh a session has ended.
    """

    pool: Pool
    ids: IdGenerator
    signer: UrlSigner
    callers: Callers
    tokens: AccessTokens | None
    passwords: Passwords
    session_days: int
    mailer: Mailer
    background: Background
    anonymous_streaming: bool


@dataclass(slots=True)
class Context:
    """Made for each request, and gone with it."""

    services: Services
    caller: Caller = None
    now: float = field(default_factory=time.time)
    loaders: Loaders = field(init=False)
    _connections: asyncio.Semaphore = field(init=False)

    def __post_init__(self) -> None:
        self.loaders = Loaders(self)
        self._connections = asyncio.Semaphore(CONNECTIONS_PER_REQUEST)

    @property
    def viewer(self) -> Viewer | None:
        """Who is signed in. Raises `NotSignedIn` for a token that is not good, `NotAllowed` for
        somebody who is disabled, and `Unavailable` when that cannot be told."""
        if isinstance(self.caller, DomainError):
            raise self.caller
        return self.caller

    def signed_in(self) -> Viewer:
        """Who is signed in; raises `NotSignedIn` when nobody is."""
        viewer = self.viewer
        if viewer is None:
            raise NotSignedIn
        return viewer

    def forget(self) -> None:
        """Forgets what the loaders have read, before something is changed."""
        self.loaders = Loaders(self)

    @asynccontextmanager
    async def connection(self) -> AsyncGenerator[Connection, None]:
        """A connection for one statement or one transaction.

        Raises `Unavailable`, `DeadlineExceeded` and `AccountGone`.
        """
        with _domain_errors():
            async with self._connections, acquire(self.services.pool) as connection:
                yield connection

    async def transact(self, work: Callable[[Connection], Awaitable[Result]]) -> Result:
        """The result of `work` in a transaction; see `db.transactions.transact`.

        Raises `Unavailable`, `DeadlineExceeded` and `AccountGone`.
        """
        with _domain_errors():
            async with self._connections:
                return await transact(self.services.pool, work, timeout=ACQUIRE_SECONDS)


@contextmanager
def _domain_errors() -> Generator[None, None, None]:
    try:
        yield
    except (DatabaseUnavailable, Conflict) as error:
        raise Unavailable from error
    except DatabaseTimeout as error:
        raise DeadlineExceeded from error
    except ReferenceGone as error:  # what people own refers to them, and to nothing else that goes
        raise AccountGone from error


Info: TypeAlias = strawberry.Info[Context, None]
