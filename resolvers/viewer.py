"""Who is asking."""

from dataclasses import dataclass
from enum import Enum
from typing import Final, TypeAlias

from resolvers.errors import DomainError


class Role(Enum):
    """What a person may do here; each may do what those before it may."""

    LISTENER = "LISTENER"
    CURATOR = "CURATOR"
    ADMIN = "ADMIN"

    @property
    def rank(self) -> int:
        return list(Role).index(self)


@dataclass(frozen=True, slots=True)
class Viewer:
    """Somebody who is signed in, as a verified token says; nothing was read from the database.

    Attributes:
        id: The person's, as in `users.id`.
        session_id: None for a token of an external provider.
    """

    id: int
    role: Role
    session_id: int | None = None


Caller: TypeAlias = Viewer | DomainError | None
"""A viewer, nobody (None), or what to tell somebody whose token is not good."""

DISABLED: Final = "This account is disabled: ask those who run this server."
