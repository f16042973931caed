"""The endpoints of the API, by topic."""
