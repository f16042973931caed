"""Opens the storage that a setting names."""

from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, from_url

from veza.core.errors import CannotStart
from veza.infra.storage.disk_reserve import DiskReserve
from veza.infra.storage.errors import describe
from veza.infra.storage.objects import Storage

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


def open_storage(
    url: str | None,
    data_dir: Path,
    *,
    write_memory_bytes: int | None = None,
    disk: DiskReserve | None = None,
    name: str | None = None,
) -> "Storage":
    """Open the storage of a URL: `s3://bucket/prefix?endpoint=…&region=…`, `file:///path`.

    The default is the folder `media` of the data directory. Credentials come from the environment
    variables of the provider (`AWS_ACCESS_KEY_ID` …). `write_memory_bytes` limits the memory of all
    uploads together; at least one is always possible. Files that grow while the reserve of `disk`
    is used up are refused. `name` is that of another storage than the server's, for errors. Raises
    CannotStart.
    """
    try:
        store = open_store(url, data_dir)
    except (BaseError, ValueError, OSError) as error:
        raise CannotStart(
            f"{name or 'VEZA_STORAGE_URL'} can't be used: {describe(error)}"
        ) from error
    return Storage(store, write_memory_bytes=write_memory_bytes, disk=disk, name=name)
