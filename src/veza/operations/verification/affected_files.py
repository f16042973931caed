"""Lists what lost objects of the storage were for members, and whose."""

import sys
from collections.abc import Iterable, Sequence
from itertools import batched

from msgspec import Struct

from veza.infra.postgres.database import Conn
from veza.infra.storage.stored_objects import PAGE, ObjectSource, find_owners
from veza.operations.verification.storage import find_source, read_id

_NOBODY = "(nobody)"
_HEADER = ("Owner", "What", "Title", "Files")
_MAX_NAMES = 3


class AffectedThing(Struct, frozen=True, order=True):
    """A track, a file or the like whose objects are lost: whose it is, and the objects' names."""

    owner: str
    kind: str
    title: str
    files: tuple[str, ...]


async def find_affected(conn: Conn, keys: Sequence[str]) -> list[AffectedThing]:
    """Return what belongs to lost objects, by owner; objects that no row names by their key."""
    found: list[AffectedThing] = []
    for prefix in sorted({key.partition("/")[0] for key in keys}):
        own = [key for key in keys if key.startswith(f"{prefix}/")]
        for batch in batched(own, PAGE):
            found += await _find_in(conn, batch)
    return sorted(found)


def print_affected(affected: Iterable[AffectedThing]) -> None:
    """Print a table of what is affected."""
    rows = [_HEADER, *((each.owner, each.kind, each.title, _shorten(each)) for each in affected)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADER))]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        sys.stdout.write(f"{'  '.join(cells).rstrip()}\n")


async def _find_in(conn: Conn, keys: Sequence[str]) -> list[AffectedThing]:
    """Return what belongs to keys with the same prefix."""
    source = find_source(keys[0])
    if source is None:
        return [_describe_unknown(key) for key in keys]
    ids = {key: read_id(key, source) for key in keys}
    owners = await find_owners(conn, source, [each for each in ids.values() if each])
    found = [
        AffectedThing(
            each.owner or _NOBODY,
            each.kind,
            each.title,
            tuple(_name(key, source) for key in keys if ids[key] == each.id),
        )
        for each in owners
    ]
    known = {each.id for each in owners}
    return found + [_describe_unknown(key) for key in keys if ids[key] not in known]


def _describe_unknown(key: str) -> AffectedThing:
    return AffectedThing(_NOBODY, "object", "", (key,))


def _name(key: str, source: ObjectSource) -> str:
    """Return the part of a key after the id."""
    return "/".join(key.split("/")[source.place + 1 :])


def _shorten(affected: AffectedThing) -> str:
    """Return the names of the files; a folder of HLS has hundreds."""
    rest = len(affected.files) - _MAX_NAMES
    return ", ".join(affected.files[:_MAX_NAMES]) + (f" and {rest} more" if rest > 0 else "")
