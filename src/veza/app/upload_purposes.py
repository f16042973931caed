"""The purposes of resumable uploads: each domain receives them as it receives forms."""

from collections.abc import Callable
from functools import partial
from uuid import UUID

import msgspec
from msgspec import Struct, structs

from veza.app.services import Services
from veza.core.access import Access, Member
from veza.core.activities import Activity
from veza.core.errors import Invalid
from veza.core.ids import FileId, GearId, ProductId, RepairId
from veza.core.signed_urls import UrlSigner
from veza.domains.cloud.files import file_uploads
from veza.domains.cloud.files import rules as cloud_rules
from veza.domains.cloud.files import service as cloud_files
from veza.domains.cloud.files.models import CloudFileForm, Folder, RawBody
from veza.domains.cloud.files.service import CloudStorage
from veza.domains.gear import service as gear
from veza.domains.gear.models import MAX_DOCUMENT_BYTES, DocumentForm, DocumentType
from veza.domains.images import service as images
from veza.domains.images.models import MAX_IMAGE_BYTES
from veza.domains.images.service import ImageProcessing
from veza.domains.marketplace.products import file_uploads as products
from veza.domains.marketplace.products.service import ProductFileStorage
from veza.domains.music.audio import service as audio
from veza.domains.music.audio.service import AudioStorage
from veza.domains.music.tracks.models import TrackForm
from veza.domains.platform.uploads.models import (
    Admission,
    FileForm,
    PreparedForm,
    StorageKind,
)
from veza.domains.platform.uploads.resumable.purposes import ResumableUploads, UploadPurpose
from veza.domains.platform.uploads.service import Uploads
from veza.http.errors import parse_field_error
from veza.infra.postgres.database import Tx


class ProductFileFields(Struct, frozen=True):
    """The metadata of a file of a product."""

    product_id: ProductId


class CloudFileFields(Struct, frozen=True):
    """The metadata of a cloud file: the folder of a new one, or whose next version it is."""

    folder: Folder = ""
    file_id: FileId | None = None


class GearDocumentFields(Struct, frozen=True):
    """The metadata of a document of an item: those of the form, which calls the kind `type`."""

    gear_id: GearId
    document_type: DocumentType = "other"
    repair_id: RepairId | None = None


def create_resumable_uploads(services: Services) -> ResumableUploads:
    """Return the resumable uploads of a process."""
    uploads, urls = services.uploads, services.url_signer
    return ResumableUploads(
        uploads,
        {
            "track": _for_tracks(uploads, services.audio_storage, urls),
            "image": _for_images(uploads, services.image_processing, urls),
            "product_file": _for_product_files(uploads, services.product_files),
            "cloud_file": _for_cloud_files(uploads, services.cloud_storage),
            "gear_document": _for_gear_documents(uploads, urls),
        },
    )


def _for_tracks(
    uploads: Uploads, storage: AudioStorage, urls: UrlSigner
) -> UploadPurpose[TrackForm]:
    async def ensure_allowed(tx: Tx, owner: Member, _: TrackForm | None, __: int, /) -> Admission:
        await audio.ensure_may_upload(tx, storage, owner)
        return Admission()

    async def complete(owner: Member, form: PreparedForm[TrackForm]) -> None:
        await audio.upload_track(uploads, storage, owner, form=form, urls=urls.builder(""))

    return UploadPurpose(
        access=Access.CREATOR,
        kind=StorageKind.TRACKS,
        max_bytes=storage.max_upload_bytes,
        read_fields=_refusing(partial(audio.read_accepted_form, storage)),
        ensure_allowed=ensure_allowed,
        complete=complete,
        path_of=lambda _, track_id: f"/tracks/{track_id}",
        activity=Activity.UPLOAD,
        ensure_head=audio.ensure_audio,
    )


def _for_images(
    uploads: Uploads, processing: ImageProcessing, urls: UrlSigner
) -> UploadPurpose[FileForm]:
    async def ensure_allowed(tx: Tx, owner: Member, _: FileForm | None, __: int, /) -> Admission:
        await images.ensure_may_upload(tx, owner)
        return Admission(parent_id=owner.id)

    async def complete(owner: Member, form: PreparedForm[FileForm]) -> None:
        await images.upload_image(uploads, processing, owner, form=form, urls=urls.builder(""))

    return UploadPurpose(
        access=Access.USER,
        kind=StorageKind.IMAGES,
        max_bytes=MAX_IMAGE_BYTES,
        read_fields=lambda _: FileForm(),
        ensure_allowed=ensure_allowed,
        complete=complete,
        path_of=lambda _, image_id: f"/images/{image_id}",
        activity=Activity.UPLOAD,
    )


def _for_product_files(
    uploads: Uploads, storage: ProductFileStorage
) -> UploadPurpose[ProductFileFields]:
    async def ensure_allowed(
        tx: Tx, owner: Member, fields: ProductFileFields | None, __: int, /
    ) -> Admission:
        if fields is None:
            return Admission()
        await products.ensure_may_add_file(tx, fields.product_id, owner)
        return Admission(parent_id=fields.product_id)

    async def complete(owner: Member, form: PreparedForm[ProductFileFields]) -> None:
        await products.upload_file(
            uploads,
            owner,
            form.fields.product_id,
            form=form.with_fields(FileForm()),
            max_bytes=storage.max_file_bytes,
        )

    return UploadPurpose(
        access=Access.CREATOR,
        kind=StorageKind.PRODUCT_FILES,
        max_bytes=storage.max_file_bytes,
        read_fields=_reader(ProductFileFields),
        ensure_allowed=ensure_allowed,
        complete=complete,
        path_of=lambda fields, _: f"/marketplace/products/{fields['product_id']}",
        activity=Activity.UPLOAD,
    )


def _for_cloud_files(uploads: Uploads, cloud: CloudStorage) -> UploadPurpose[CloudFileFields]:
    async def ensure_allowed(
        tx: Tx, owner: Member, fields: CloudFileFields | None, length_bytes: int, /
    ) -> Admission:
        if fields is not None and fields.file_id is not None:
            await cloud_files.get_file(tx, fields.file_id, owner)
        return Admission(quota=await file_uploads.find_quota(tx, cloud, owner, length_bytes))

    async def complete(owner: Member, form: PreparedForm[CloudFileFields]) -> None:
        fields = form.fields
        if fields.file_id is None:
            folder = form.with_fields(CloudFileForm(fields.folder))
            await file_uploads.upload_file(uploads, cloud, owner, folder)
        else:
            body = RawBody(form.chunks, form.body_bytes, form.source)
            await file_uploads.replace_content(uploads, cloud, owner, fields.file_id, body=body)

    return UploadPurpose(
        access=Access.USER,
        kind=StorageKind.FILES,
        max_bytes=cloud.blobs.max_bytes,
        read_fields=_refusing(_read_cloud_fields),
        ensure_allowed=ensure_allowed,
        complete=complete,
        path_of=lambda _, file_id: f"/cloud/files/{file_id}",
    )


def _for_gear_documents(uploads: Uploads, urls: UrlSigner) -> UploadPurpose[GearDocumentFields]:
    async def ensure_allowed(
        tx: Tx, owner: Member, fields: GearDocumentFields | None, __: int, /
    ) -> Admission:
        if fields is None:
            return Admission()
        await gear.ensure_may_add_document(tx, fields.gear_id, owner)
        return Admission(parent_id=fields.gear_id)

    async def complete(owner: Member, form: PreparedForm[GearDocumentFields]) -> None:
        fields = form.fields
        document = DocumentForm(fields.document_type, fields.repair_id)
        await gear.upload_document(
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
        kind=StorageKind.GEAR_DOCUMENTS,
        max_bytes=MAX_DOCUMENT_BYTES,
        read_fields=_reader(GearDocumentFields),
        ensure_allowed=ensure_allowed,
        complete=complete,
        path_of=path_of,
    )


def _read_cloud_fields(fields: dict[str, str]) -> CloudFileFields:
    read = msgspec.convert(fields, CloudFileFields)
    return structs.replace(read, folder=cloud_rules.clean_folder(read.folder))


def _reader[Fields: Struct](kind: type[Fields]) -> Callable[[dict[str, str]], Fields]:
    return _refusing(lambda fields: msgspec.convert(fields, kind))


def _refusing[Fields](
    read: Callable[[dict[str, str]], Fields],
) -> Callable[[dict[str, str]], Fields]:
    """Return a function that raises Invalid where `read` raises ValidationError."""

    def read_or_refuse(fields: dict[str, str]) -> Fields:
        try:
            return read(fields)
        except msgspec.ValidationError as error:
            raise Invalid(details=[parse_field_error(str(error))]) from error

    return read_or_refuse
