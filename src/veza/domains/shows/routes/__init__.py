"""HTTP routes of shows."""
