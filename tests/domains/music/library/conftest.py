"""Fixtures of the tests of the library: those of tracks."""

from tests.domains.music.tracks.conftest import add, count, other, owner

__all__ = ["add", "count", "other", "owner"]
