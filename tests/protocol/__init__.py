"""The protocols, as the clients that others wrote speak them: npm packages, run by Node."""
