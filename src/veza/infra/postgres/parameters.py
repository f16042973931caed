"""Named parameters for SQL: `:name` in a statement is replaced by a numbered placeholder.

PostgreSQL numbers its parameters. With binding by position, reordering the fields of a Struct would
silently write to the wrong columns.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from msgspec import Struct, structs

# A single colon before a word: not a cast (`::text`), and not within one.
_NAME = re.compile(r"(?<![:\w]):([a-z_][a-z0-9_]*)")


def bind(sql: str, /, *sources: Struct | Mapping[str, Any], **values: Any) -> tuple[Any, ...]:
    """Return the statement with numbered placeholders, and the values in that order.

    To be unpacked into a call: `await tx.run(*bind(sql, form, id=track_id))`. A value is looked up
    by its name among the keywords first, then in the sources from left to right. Raises KeyError
    for a missing name.
    """
    text, names = _compile(sql)
    known: dict[str, Any] = {}
    for source in reversed(sources):
        known.update(structs.asdict(source) if isinstance(source, Struct) else source)
    known.update(values)
    return (text, *(known[name] for name in names))


def numbered(sql: str) -> str:
    """Return a statement with numbered placeholders in place of its names."""
    return _compile(sql)[0]


@lru_cache(maxsize=1024)
def _compile(sql: str) -> tuple[str, tuple[str, ...]]:
    names = tuple(dict.fromkeys(_NAME.findall(sql)))
    places = {name: f"${number}" for number, name in enumerate(names, 1)}
    return _NAME.sub(lambda match: places[match.group(1)], sql), names
