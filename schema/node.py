"""What has a global id."""

import strawberry


@strawberry.interface(description="An object that can be found again by its id.")
class Node:
    id: strawberry.ID = strawberry.field(
        description="Opaque, unique among all objects, and the same for ever."
    )
