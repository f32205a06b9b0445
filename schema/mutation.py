"""The mutations, one module a noun."""

import strawberry

from schema.account import AccountMutations
from schema.profile import ProfileMutations
from schema.session import SessionMutations


@strawberry.type(
    description=(
        "What can be changed. Each takes one `input`, and gives its payload or an `Error` that "
        "says why nothing was done."
    )
)
class Mutation(AccountMutations, SessionMutations, ProfileMutations):
    pass
