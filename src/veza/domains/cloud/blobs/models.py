"""The nouns of the domain, as they are stored."""

from msgspec import Struct

from veza.core.ids import BlobId


class Content(Struct, frozen=True):
    """What was stored of an upload. Which object holds it, its id says."""

    blob_id: BlobId
    sha256: str
    size_bytes: int
    content_type: str


class BlobFigures(Struct, frozen=True):
    """How many contents there are, what they take, and how many of them nobody has any more."""

    total: int
    stored_bytes: int
    orphans: int


class DeleteBlobs(Struct, frozen=True):
    """Have objects deleted that hold nothing which anybody has."""

    blob_ids: list[BlobId]
