"""Tracks to comment on, and the people around them: the same as the tests of tracks have."""

from tests.domains.music.tracks.conftest import add, count, moderator, other, owner

__all__ = ["add", "count", "moderator", "other", "owner"]
