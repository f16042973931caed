"""Live streams and stream keys, as stored and as shown."""
