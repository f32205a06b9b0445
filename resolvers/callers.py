"""From the header of a request to who is asking."""

from auth.tokens import AccessTokens, ExpiredToken, InvalidToken
from resolvers.errors import NotSignedIn
from resolvers.viewer import Caller, Role, Viewer


def identify(tokens: AccessTokens | None, authorization: str | None, *, now: float) -> Caller:
    """Who sends this header `Authorization`; costs no look-up in the database.

    A token that is not good is no error yet: it becomes one when a field asks who the viewer is,
    so that a client can refresh a token while it still sends the old one.
    """
    if not authorization:
        return None
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or tokens is None:
        return _refused(InvalidToken(), "TOKEN_INVALID")
    try:
        claims = tokens.verify(token.strip(), now=now)
        return Viewer(claims.user_id, Role(claims.role), claims.session_id)
    except ExpiredToken as error:
        return _refused(error, "TOKEN_EXPIRED")
    except (InvalidToken, ValueError):
        return _refused(InvalidToken(), "TOKEN_INVALID")


def _refused(error: InvalidToken, reason: str) -> NotSignedIn:
    return NotSignedIn(str(error), reason=reason)
