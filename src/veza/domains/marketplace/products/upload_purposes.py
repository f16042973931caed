"""A resumable upload becomes a file of a product that the member sells."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from veza.core.access import Access, Member
from veza.core.activities import Activity
from veza.core.ids import ProductId
from veza.core.profiles import Right
from veza.domains.marketplace.products import file_uploads
from veza.domains.marketplace.products.service import ProductFileStorage
from veza.domains.platform.uploads.models import Admission, FileForm, PreparedForm, StorageKind
from veza.domains.platform.uploads.service import UploadPurpose, Uploads
from veza.http.requests.upload_metadata import reader_of
from veza.http.services import ServiceRegistry
from veza.infra.postgres.database import Tx


class ProductFileFields(Struct, frozen=True):
    """The metadata of a file of a product."""

    product_id: ProductId


def create_purposes(services: ServiceRegistry) -> Mapping[str, UploadPurpose[Any]]:
    """Return the purpose `product_file`."""
    return {"product_file": _create_purpose(services)}


def _create_purpose(services: ServiceRegistry) -> UploadPurpose[ProductFileFields]:
    uploads = services.get(Uploads)
    storage = services.get(ProductFileStorage)

    async def ensure_allowed(
        tx: Tx, owner: Member, fields: ProductFileFields | None, __: int, /
    ) -> Admission:
        if fields is None:
            return Admission()
        await file_uploads.ensure_may_add_file(tx, fields.product_id, owner)
        return Admission(parent_id=fields.product_id)

    async def complete(owner: Member, form: PreparedForm[ProductFileFields]) -> None:
        await file_uploads.upload_file(
            uploads,
            owner,
            form.fields.product_id,
            form=form.with_fields(FileForm()),
            max_bytes=storage.max_file_bytes,
        )

    return UploadPurpose(
        access=Access.CREATOR,
        right=Right.SELL,
        kind=StorageKind.PRODUCT_FILES,
        max_bytes=storage.max_file_bytes,
        read_fields=reader_of(ProductFileFields),
        ensure_allowed=ensure_allowed,
        complete=complete,
        path_of=lambda fields, _: f"/marketplace/products/{fields['product_id']}",
        activity=Activity.UPLOAD,
    )
