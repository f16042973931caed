"""Structs of the domain, as stored."""

from msgspec import Struct

from veza.core.ids import BlobId


class Content(Struct, frozen=True):
    """A content that was stored as the object `blob_id`."""

    blob_id: BlobId
    sha256: str
    size_bytes: int
    content_type: str


class BlobStatistics(Struct, frozen=True):
    """The number of contents, their size, and how many of them have no references."""

    total: int
    stored_bytes: int
    orphans: int


class DeleteBlobs(Struct, frozen=True):
    """The job that deletes objects that no row names."""

    blob_ids: list[BlobId]
