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
    plain = re.sub(r'[?"\\]', "_", name.encode("ascii", "replace").decode())
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
