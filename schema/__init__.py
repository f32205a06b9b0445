"""GraphQL types, queries and mutations: shapes over records; `schema.graphql` is the committed SDL."""
