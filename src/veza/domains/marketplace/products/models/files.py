"""Files of products, as stored and shown."""

from datetime import datetime

from msgspec import Struct

from veza.core.ids import ProductFileId, ProductId

MAX_FILES = 200


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
