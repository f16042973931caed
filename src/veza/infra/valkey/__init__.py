"""Valkey (or Redis): publish and subscribe, counters and rate limits. Optional at run time."""
