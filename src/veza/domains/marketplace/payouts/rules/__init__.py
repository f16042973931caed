"""Decisions about transfers, without I/O."""
