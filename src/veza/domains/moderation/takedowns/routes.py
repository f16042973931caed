"""Files of a case, for players of staff, which send no token: the address admits them."""

from typing import Any
from uuid import UUID

from litestar import Response, Router, get
from litestar.params import FromPath

from veza.core.filenames import attachment, inline
from veza.core.reviews import UNSHARED, ReviewedKind, ReviewedObject
from veza.core.signed_urls import Resource
from veza.domains.moderation.takedowns import service
from veza.domains.moderation.takedowns.errors import CaseNotFound
from veza.domains.platform.uploads.service import Uploads
from veza.http.dependencies import AnyRequest, database_of
from veza.http.responses.ranges import FileMetadata, StoredFile, serve_object
from veza.http.security.signed_urls import Signature, is_signed
from veza.http.services import service_of

_BYTES = "application/octet-stream"
_SHOWN = "audio/mpeg audio/flac audio/wav audio/ogg audio/mp4 audio/aac image/jpeg image/png"


@get(
    "/cases/{case_id:uuid}/files/{file_id:uuid}",
    credentials="ignored",
    produces=f"{_BYTES} {_SHOWN} image/webp image/gif",
    partial=True,
    errors=[CaseNotFound],
)
async def show_case_file(
    request: AnyRequest,
    case_id: FromPath[UUID],
    file_id: FromPath[UUID],
    url_signature: Signature,
) -> Response[Any]:
    """Get a file of a reported or hidden item, by an address of `POST /admin/cases/{id}/files`.

    Audio and pictures are played and shown, anything else is saved.
    """
    if not is_signed(request, url_signature, Resource.REVIEW, case_id, file_id):
        raise CaseNotFound
    context = service_of(request, service.TakedownContext)
    async with database_of(request).read() as conn:
        found = await service.open_file(conn, context, case_id, file_id)
    storage = service_of(request, Uploads).storage
    return await serve_object(request, _facts(found), StoredFile(storage, found.key, CaseNotFound))


def _facts(found: ReviewedObject) -> FileMetadata:
    is_saved = found.kind is ReviewedKind.FILE
    return FileMetadata(
        size=found.size_bytes,
        # Saved: no browser may run a member's file under our origin.
        content_type=_BYTES if is_saved else found.content_type,
        etag=found.sha256,
        modified=found.stored_at,
        cache_control=UNSHARED,
        disposition=attachment(found.name) if is_saved else inline(found.name),
    )


router = Router("/", route_handlers=[show_case_file], tags=["moderation"])
