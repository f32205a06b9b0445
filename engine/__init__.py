"""GraphQL execution in batches; knows graphql-core and Strawberry, and nothing of music."""
