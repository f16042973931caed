"""The target of backups: its name in records."""

from pathlib import Path
from urllib.parse import urlsplit

_MAX_LENGTH = 500


def name_target(target: str) -> str:
    """Return the absolute path of a folder, or a URL without credentials and options."""
    if "://" not in target:
        return str(Path(target).absolute())[:_MAX_LENGTH]
    scheme, place, path, _, _ = urlsplit(target)
    return f"{scheme}://{place.rpartition('@')[2]}{path}"[:_MAX_LENGTH]
