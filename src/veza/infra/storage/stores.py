"""Opens the store of obstore that a setting names."""

from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from obstore.store import LocalStore, ObjectStore, from_url

# The library's default is three minutes.
_RETRIES = {"max_retries": 3, "retry_timeout": timedelta(seconds=15)}


def open_store(url: str | None, data_dir: Path) -> ObjectStore:
    """Return the store of a URL; of the folder `media` without one. Raises ValueError, OSError."""
    if url is None:
        return LocalStore(data_dir / "media", mkdir=True)
    scheme, place, path, query, _ = urlsplit(url)
    if scheme == "file":
        return LocalStore(Path(path), mkdir=True)
    options: dict[str, Any] = dict(parse_qsl(query)) | {"retry_config": _RETRIES}
    if str(options.get("endpoint", "")).startswith("http:"):
        options["client_options"] = {"allow_http": True}
    bare = urlunsplit((scheme, place, path, "", ""))
    return from_url(bare, **options)
