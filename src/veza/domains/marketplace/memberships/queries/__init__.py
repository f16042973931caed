"""SQL of memberships and their periods."""
