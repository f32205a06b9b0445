"""People."""

from datetime import datetime

import strawberry

from db.users import UserRecord
from resolvers import ids
from schema.fields import of_records, resolved_by
from schema.node import Node


@strawberry.type(description="A person who listens.")
class User(Node):
    is_type_of = of_records(UserRecord)

    id: strawberry.ID = resolved_by(ids.user_id, description="The person's global id.")
    user_name: str = strawberry.field(description="The unique name; one can sign in with it.")
    display_name: str = strawberry.field(description="The name that others see.")
    created_at: datetime = strawberry.field(description="When this person signed up.")
