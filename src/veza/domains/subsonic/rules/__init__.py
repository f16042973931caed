"""Pure functions of the domain."""
