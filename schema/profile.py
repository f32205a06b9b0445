"""What a person shows of themselves."""

from typing import Annotated, Any, TypeAlias

import strawberry

from resolvers import profiles
from resolvers.context import Info
from schema.access import SIGNED_IN, mutation
from schema.failures import Invalid, payload
from schema.user import User


@strawberry.input(description="What to change of one's profile.")
class UpdateProfileInput:
    display_name: str = strawberry.field(
        description="The name that others see: 1 to 64 characters of any script."
    )


@strawberry.type(description="The profile was changed.")
class UpdateProfilePayload:
    is_type_of = payload

    user: User = strawberry.field(description="The person as others see them now.")


UpdateProfileResult: TypeAlias = Annotated[
    UpdateProfilePayload | Invalid,
    strawberry.union("UpdateProfileResult", description="What became of it."),
]


async def _update_profile(info: Info, input: UpdateProfileInput) -> Any:
    return await profiles.update_profile(info.context, display_name=input.display_name)


@strawberry.type
class ProfileMutations:
    update_profile: UpdateProfileResult = mutation(
        _update_profile, allowed=SIGNED_IN, description="Changes how others see the viewer."
    )
