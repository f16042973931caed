"""A resumable upload becomes an image, as one in a form does."""

from collections.abc import Mapping
from typing import Any

from veza.core.access import Access, Member
from veza.core.activities import Activity
from veza.core.profiles import Right
from veza.core.signed_urls import UrlSigner
from veza.domains.images.models import MAX_IMAGE_BYTES
from veza.domains.images.service import images
from veza.domains.images.service.images import ImageProcessing
from veza.domains.platform.uploads.models import Admission, FileForm, PreparedForm, StorageKind
from veza.domains.platform.uploads.service import UploadPurpose, Uploads
from veza.http.services import ServiceRegistry
from veza.infra.postgres.database import Tx


def create_purposes(services: ServiceRegistry) -> Mapping[str, UploadPurpose[Any]]:
    """Return the purpose `image`."""
    return {"image": _create_purpose(services)}


def _create_purpose(services: ServiceRegistry) -> UploadPurpose[FileForm]:
    uploads = services.get(Uploads)
    urls = services.get(UrlSigner)
    processing = services.get(ImageProcessing)

    async def ensure_allowed(tx: Tx, owner: Member, _: FileForm | None, __: int, /) -> Admission:
        await images.ensure_may_upload(tx, owner)
        return Admission(parent_id=owner.id)

    async def complete(owner: Member, form: PreparedForm[FileForm]) -> None:
        await images.upload_image(uploads, processing, owner, form=form, urls=urls.builder(""))

    return UploadPurpose(
        access=Access.USER,
        right=Right.PUBLISH,
        kind=StorageKind.IMAGES,
        max_bytes=MAX_IMAGE_BYTES,
        read_fields=lambda _: FileForm(),
        ensure_allowed=ensure_allowed,
        complete=complete,
        path_of=lambda _, image_id: f"/images/{image_id}",
        activity=Activity.UPLOAD,
    )
