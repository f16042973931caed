"""Jobs of archives."""
