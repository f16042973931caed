"""Names of files that people send and get: shown and offered, and never used as paths."""

import re
from urllib.parse import quote

MAX_LENGTH = 255


def plain_filename(filename: str) -> str:
    """Keep of a file's name what may be shown: the last part of a path, without control characters.

    It is never used as a path.
    """
    last = re.split(r"[/\\]", filename)[-1]
    return "".join(char for char in last if char.isprintable())[-MAX_LENGTH:] or "upload"


def attachment(name: str) -> str:
    """Write the `Content-Disposition` by which a file is saved under a name."""
    plain = re.sub(r'[?"\\]', "_", name.encode("ascii", "replace").decode())
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
