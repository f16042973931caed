"""A resumable upload becomes a new cloud file, or the next version of one."""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct, structs

from veza.core.access import Access, Member
from veza.core.ids import FileId
from veza.core.profiles import Right
from veza.domains.cloud.files import file_uploads, rules, service
from veza.domains.cloud.files.models import CloudFileForm, Folder, RawBody
from veza.domains.cloud.files.service import CloudStorage
from veza.domains.platform.uploads.models import Admission, PreparedForm, StorageKind
from veza.domains.platform.uploads.service import UploadPurpose, Uploads
from veza.http.requests.upload_metadata import refusing
from veza.http.services import ServiceRegistry
from veza.infra.postgres.database import Tx


class CloudFileFields(Struct, frozen=True):
    """The metadata of a cloud file: the folder of a new one, or whose next version it is."""

    folder: Folder = ""
    file_id: FileId | None = None


def create_purposes(services: ServiceRegistry) -> Mapping[str, UploadPurpose[Any]]:
    """Return the purpose `cloud_file`."""
    return {"cloud_file": _create_purpose(services)}


def _create_purpose(services: ServiceRegistry) -> UploadPurpose[CloudFileFields]:
    uploads = services.get(Uploads)
    cloud = services.get(CloudStorage)

    async def ensure_allowed(
        tx: Tx, owner: Member, fields: CloudFileFields | None, length_bytes: int, /
    ) -> Admission:
        if fields is not None and fields.file_id is not None:
            await service.get_file(tx, fields.file_id, owner)
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
        right=Right.PUBLISH,
        kind=StorageKind.FILES,
        max_bytes=cloud.blobs.max_bytes,
        read_fields=refusing(_read_cloud_fields),
        ensure_allowed=ensure_allowed,
        complete=complete,
        path_of=lambda _, file_id: f"/cloud/files/{file_id}",
    )


def _read_cloud_fields(fields: dict[str, str]) -> CloudFileFields:
    read = msgspec.convert(fields, CloudFileFields)
    return structs.replace(read, folder=rules.clean_folder(read.folder))
