"""The mutations, one module a noun."""

import strawberry

from schema.profile import ProfileMutations


@strawberry.type(
    description=(
        "What can be changed. Each takes one `input`, and gives its payload or an `Error` that "
        "says why nothing was done."
    )
)
class Mutation(ProfileMutations):
    pass
