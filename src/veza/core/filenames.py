"""File names of uploads and downloads. They are never used as paths."""

import re
from urllib.parse import quote

MAX_LENGTH = 255


def plain_filename(filename: str) -> str:
    """Return the last segment of a file name, without control characters."""
    last = re.split(r"[/\\]", filename)[-1]
    return "".join(char for char in last if char.isprintable())[-MAX_LENGTH:] or "upload"


def attachment(name: str) -> str:
    """Return the `Content-Disposition` header to save a file under a name."""
    return f"attachment; {_named(name)}"


def inline(name: str) -> str:
    """Return the `Content-Disposition` header to show a file, which is saved under a name."""
    return f"inline; {_named(name)}"


def _named(name: str) -> str:
    plain = re.sub(r'[?"\\]', "_", name.encode("ascii", "replace").decode())
    return f"filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
