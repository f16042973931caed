"""Pure rules of memberships: the calendar of their periods, and what events change."""
