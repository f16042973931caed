"""HTTP routes of profiles."""
