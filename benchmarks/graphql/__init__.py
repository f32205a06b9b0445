"""CPU per request of Tonearm, of other GraphQL servers, and of the same SQL without GraphQL."""
