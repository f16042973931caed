"""Decides which files of messages are played in place."""

from veza.core.reviews import PLAYED_TYPES

MAX_PLAYED_BYTES = 200 * 1024 * 1024


def is_played(content_type: str, size_bytes: int) -> bool:
    """Return whether a file is audio that browsers play, and not too large for it."""
    return content_type in PLAYED_TYPES and size_bytes <= MAX_PLAYED_BYTES
