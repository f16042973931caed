"""HTTP of stations."""
