"""Fixtures: those of the tests of tracks."""

from tests.domains.music.tracks.conftest import add, count, moderator, other, owner

__all__ = ["add", "count", "moderator", "other", "owner"]
