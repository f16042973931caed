"""A show with its people, and a client of feeds."""

from tests.domains.shows.show_world import site, world

__all__ = ["site", "world"]
