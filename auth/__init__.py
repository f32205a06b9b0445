"""Who somebody is: passwords, tokens, names. Knows nothing of the database nor of GraphQL."""
