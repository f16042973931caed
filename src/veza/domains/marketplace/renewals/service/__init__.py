"""Use cases that place orders of memberships, and charge them."""
