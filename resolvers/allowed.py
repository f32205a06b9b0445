"""Who may use a field."""

from enum import Enum

from resolvers.context import Context
from resolvers.errors import NotAllowed
from resolvers.viewer import Role


class Allowed(Enum):
    """Values are the least role; None where nobody needs to sign in."""

    ANYONE = None
    SIGNED_IN = Role.LISTENER
    CURATOR = Role.CURATOR
    ADMIN = Role.ADMIN


def require(context: Context, allowed: Allowed) -> None:
    """Raises `NotSignedIn` or `NotAllowed` unless the caller is among the `allowed`."""
    least = allowed.value
    if least is not None and context.signed_in().role.rank < least.rank:
        raise NotAllowed(f"This is for people with the role {least.value}.")
