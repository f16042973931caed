"""The ingest of Icecast and SRT."""
