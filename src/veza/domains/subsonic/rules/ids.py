"""Ids of players: a prefix for the kind, and the id in the tables of that kind."""

from uuid import UUID

from veza.domains.subsonic.errors import ItemNotFound
from veza.domains.subsonic.models.rows import ItemId, ItemKind

# The id of the only music folder, and of the directory that has all artists.
ROOT_ID = 1
_ROOTS = {"", "/", "0", "1", "-1", "root"}


def write_id(kind: ItemKind, value: UUID) -> str:
    """Return the id that players see."""
    return f"{kind}-{value}"


def read_id(text: str, *kinds: ItemKind) -> ItemId:
    """Parse the id of an item of one of these kinds. Raises ItemNotFound."""
    prefix, _, rest = text.partition("-")
    for kind in kinds:
        if prefix == kind:
            try:
                return ItemId(kind, UUID(rest))
            except ValueError:
                break
    raise ItemNotFound


def read_track(text: str) -> UUID:
    """Parse the id of a song, or of the album that a song is by itself. Raises ItemNotFound."""
    return read_id(text, ItemKind.TRACK, ItemKind.SINGLE).id


def is_root(text: str) -> bool:
    """Return whether an id names the directory that has all artists.

    Players ask for it by different ids: Amperfy by `/`.
    """
    return text in _ROOTS
