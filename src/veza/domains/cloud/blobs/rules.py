"""Decisions without I/O."""

from collections import Counter
from collections.abc import Iterable

from veza.core.ids import BlobId


def folder_of(blob_id: BlobId) -> str:
    """Return the folder of an object in the storage, below one of 256 folders."""
    # The end of an id is random; its beginning is a timestamp.
    return f"blobs/{blob_id.hex[-2:]}/{blob_id}"


def object_key(blob_id: BlobId) -> str:
    """Return the storage key of an object."""
    return f"{folder_of(blob_id)}/content"


def count_changes(sha256s: Iterable[str], each: int) -> dict[str, int]:
    """Return the change of the reference count of each content; `each` is 1 or -1."""
    return {sha256: each * count for sha256, count in sorted(Counter(sha256s).items())}
