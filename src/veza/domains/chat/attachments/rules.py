"""Decides which files of messages are played in place."""

# As `infra.media.sniff` names what browsers play. Others are downloaded.
_PLAYED_TYPES = frozenset(
    {
        *("audio/mpeg", "audio/flac", "audio/wav", "audio/ogg", "audio/ogg; codecs=opus"),
        *("audio/mp4", "audio/aac"),
    }
)
MAX_PLAYED_BYTES = 200 * 1024 * 1024


def is_played(content_type: str, size_bytes: int) -> bool:
    """Return whether a file is audio that browsers play, and not too large for it."""
    return content_type in _PLAYED_TYPES and size_bytes <= MAX_PLAYED_BYTES
