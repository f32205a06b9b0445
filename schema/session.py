"""Signing in, staying signed in, signing out."""

from datetime import datetime
from typing import Annotated, Any, TypeAlias

import strawberry

from resolvers import sessions
from resolvers.context import Info
from schema.access import ANYONE, SIGNED_IN, mutation
from schema.failures import Invalid, NotFound, WrongCredentials, payload
from schema.viewer import Viewer


@strawberry.type(description="What proves to Tonearm who sends a request.")
class Credentials:
    access_token: str = strawberry.field(
        description="Send it with each request as `Authorization: Bearer <access token>`."
    )
    expires_at: datetime = strawberry.field(
        description="When the access token ends: `refresh` before that, or when it is refused."
    )
    refresh_token: str = strawberry.field(
        description="For `refresh`, once; keep it where only your app can read it."
    )


@strawberry.input(description="Who signs in.")
class SignInInput:
    login: str = strawberry.field(
        description="The user name, or the e-mail address if it was confirmed."
    )
    password: str = strawberry.field(description="The password.")
    device: str = strawberry.field(
        default="", description="What the viewer knows this place by: `Ada's phone`."
    )


@strawberry.type(description="Somebody is signed in.")
class SignInPayload:
    is_type_of = payload

    credentials: Credentials = strawberry.field(description="What to send from now on.")
    viewer: Viewer = strawberry.field(description="Who is signed in.")


SignInResult: TypeAlias = Annotated[
    SignInPayload | WrongCredentials | Invalid,
    strawberry.union("SignInResult", description="What became of it."),
]


@strawberry.input(description="What to stay signed in with.")
class RefreshInput:
    refresh_token: str = strawberry.field(
        description="The last one that was given: each can be used once."
    )


@strawberry.type(description="There are new credentials; the old ones are used up.")
class RefreshPayload:
    is_type_of = payload

    credentials: Credentials = strawberry.field(description="What to send from now on.")
    viewer: Viewer = strawberry.field(description="Who is signed in.")


RefreshResult: TypeAlias = Annotated[
    RefreshPayload | WrongCredentials,
    strawberry.union("RefreshResult", description="What became of it."),
]


@strawberry.input(description="Where to sign out.")
class SignOutInput:
    everywhere: bool = strawberry.field(default=False, description="On every device.")
    device_id: strawberry.ID | None = strawberry.field(
        default=None, description="On that device, one of `viewer.devices`; else on this one."
    )


@strawberry.type(
    description=(
        "Sessions have ended. Access tokens that are out are good until they end, a quarter of an "
        "hour at most unless this server says otherwise; forget them."
    )
)
class SignOutPayload:
    is_type_of = payload

    ended_sessions: int = strawberry.field(description="How many sessions have ended.")


SignOutResult: TypeAlias = Annotated[
    SignOutPayload | NotFound,
    strawberry.union("SignOutResult", description="What became of it."),
]


async def _sign_in(info: Info, input: SignInInput) -> Any:
    return await sessions.sign_in(
        info.context, login=input.login, password=input.password, device=input.device
    )


async def _refresh(info: Info, input: RefreshInput) -> Any:
    return await sessions.refresh(info.context, refresh_token=input.refresh_token)


async def _sign_out(info: Info, input: SignOutInput) -> Any:
    return await sessions.sign_out(
        info.context, everywhere=input.everywhere, device_id=input.device_id
    )


@strawberry.type
class SessionMutations:
    sign_in: SignInResult = mutation(
        _sign_in, allowed=ANYONE, description="Signs somebody in by name and password."
    )
    refresh: RefreshResult = mutation(
        _refresh,
        allowed=ANYONE,
        description=(
            "Gives new credentials for a refresh token. Whoever uses one that was used before, "
            "later than half a minute after, ends the session: it may have been stolen."
        ),
    )
    sign_out: SignOutResult = mutation(
        _sign_out, allowed=SIGNED_IN, description="Signs the viewer out, here or everywhere."
    )
