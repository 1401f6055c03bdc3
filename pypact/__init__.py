"""Consumer-driven contract testing without a server."""
