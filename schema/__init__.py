"""GraphQL types and queries: shapes over records. `schema.graphql` is the committed SDL."""
