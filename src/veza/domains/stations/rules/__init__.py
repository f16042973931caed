"""Decisions on stations, without I/O."""
