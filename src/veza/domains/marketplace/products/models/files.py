"""Files of products, as stored and shown, and the formats in which releases are sold."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from veza.core.ids import ProductFileId, ProductId

MAX_FILES = 200


class ArchiveFormat(StrEnum):
    """The formats of archives.

    `original` has the files as they were uploaded, with the tags of the release. `mp3_v0` has a
    variable bit rate, `mp3_320` 320 kbit/s, `aac` 256 kbit/s in M4A, `opus` 160 kbit/s.
    """

    ORIGINAL = "original"
    FLAC = "flac"
    MP3_V0 = "mp3_v0"
    MP3_320 = "mp3_320"
    AAC = "aac"
    OPUS = "opus"


class ProductFile(Struct, frozen=True):
    """A file of a product, without access to its content."""

    id: ProductFileId
    name: str
    size_bytes: int
    content_type: str


class StoredProductFile(Struct, frozen=True):
    """A file of a product as stored, at `service.file_key` in the storage."""

    id: ProductFileId
    product_id: ProductId
    name: str
    size_bytes: int
    content_type: str
    sha256: str
    created_at: datetime


class ProductFileRef(Struct, frozen=True):
    """A file of a product."""

    product_id: ProductId
    file_id: ProductFileId


class UploadedProductFile(Struct, frozen=True):
    """An uploaded file in the storage, still to be added to its product."""

    place: ProductFileRef
    name: str
    size_bytes: int
    content_type: str
    sha256: str
