"""Use cases of memberships, and the settlement of the periods that orders pay."""
