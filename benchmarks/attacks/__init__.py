"""What attacks on a public GraphQL endpoint do to Tonearm, and to Strawberry as it comes."""
