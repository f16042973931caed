"""Use cases of notices, of decisions on them, and of counter-notices."""
