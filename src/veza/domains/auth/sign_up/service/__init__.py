"""Use cases of sign-up."""
