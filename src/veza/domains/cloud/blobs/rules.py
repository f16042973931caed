"""Decisions without I/O: everything here can be tested with plain values."""

from collections import Counter
from collections.abc import Iterable

from veza.core.ids import BlobId


def folder_of(blob_id: BlobId) -> str:
    """Tell where in the storage an object lies, in one of 256 folders."""
    # The end of an id is drawn; its beginning says when it was made.
    return f"blobs/{blob_id.hex[-2:]}/{blob_id}"


def object_key(blob_id: BlobId) -> str:
    """Tell the key of an object in the storage."""
    return f"{folder_of(blob_id)}/content"


def tally(sha256s: Iterable[str], each: int) -> dict[str, int]:
    """Tell how many more have each content, where each of these is one: `each` is 1 or -1."""
    return {sha256: each * count for sha256, count in sorted(Counter(sha256s).items())}
