"""A stored content: its hash, size and object."""

from msgspec import Struct

from veza.core.ids import BlobId


class Content(Struct, frozen=True):
    """A content that was stored as the object `blob_id`."""

    blob_id: BlobId
    sha256: str
    size_bytes: int
    content_type: str
