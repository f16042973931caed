"""A resumable upload becomes a document of an item of gear, or of a repair."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from msgspec import Struct

from veza.core.access import Access, Member
from veza.core.ids import GearId, RepairId
from veza.core.profiles import Right
from veza.core.signed_urls import UrlSigner
from veza.domains.gear import service
from veza.domains.gear.models import MAX_DOCUMENT_BYTES, DocumentForm, DocumentType
from veza.domains.platform.uploads.models import Admission, PreparedForm, StorageKind
from veza.domains.platform.uploads.service import UploadPurpose, Uploads
from veza.http.requests.upload_metadata import reader_of
from veza.http.services import ServiceRegistry
from veza.infra.postgres.database import Tx


class GearDocumentFields(Struct, frozen=True):
    """The metadata of a document of an item: those of the form, which calls the kind `type`."""

    gear_id: GearId
    document_type: DocumentType = "other"
    repair_id: RepairId | None = None


def create_purposes(services: ServiceRegistry) -> Mapping[str, UploadPurpose[Any]]:
    """Return the purpose `gear_document`."""
    return {"gear_document": _create_purpose(services)}


def _create_purpose(services: ServiceRegistry) -> UploadPurpose[GearDocumentFields]:
    uploads = services.get(Uploads)
    urls = services.get(UrlSigner)

    async def ensure_allowed(
        tx: Tx, owner: Member, fields: GearDocumentFields | None, __: int, /
    ) -> Admission:
        if fields is None:
            return Admission()
        await service.ensure_may_add_document(tx, fields.gear_id, owner)
        return Admission(parent_id=fields.gear_id)

    async def complete(owner: Member, form: PreparedForm[GearDocumentFields]) -> None:
        fields = form.fields
        document = DocumentForm(fields.document_type, fields.repair_id)
        await service.upload_document(
            uploads,
            owner,
            fields.gear_id,
            form=form.with_fields(document),
            urls=urls.builder(""),
        )

    def path_of(fields: dict[str, str], document_id: UUID) -> str:
        return f"/inventory/gear/{fields['gear_id']}/documents/{document_id}/download"

    return UploadPurpose(
        access=Access.USER,
        right=Right.PUBLISH,
        kind=StorageKind.GEAR_DOCUMENTS,
        max_bytes=MAX_DOCUMENT_BYTES,
        read_fields=reader_of(GearDocumentFields),
        ensure_allowed=ensure_allowed,
        complete=complete,
        path_of=path_of,
    )
