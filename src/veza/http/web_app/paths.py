"""Knows the paths of the pages of the application, as its build lists them."""

from importlib import resources

import msgspec


def read_paths() -> list[str]:
    """Return the paths of all pages; parts that begin with a colon are parameters."""
    file = resources.files("veza.http.web_app") / "bundle" / "paths.json"
    return msgspec.json.decode(file.read_bytes(), type=list[str])


_PATTERNS = [tuple(path.split("/")[1:]) for path in read_paths()]
# The first parts of the paths.
SECTIONS = frozenset(parts[0] for parts in _PATTERNS if parts[0])


def is_page(path: str) -> bool:
    """Return whether the application has a page at a path, as its router decides."""
    given = [part for part in path.split("/") if part]
    return any(
        len(parts) == len(given)
        and all(
            part.startswith(":") or part == there for part, there in zip(parts, given, strict=True)
        )
        for parts in _PATTERNS
    )
