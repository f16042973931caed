"""HTTP for attachments: the file of a message streams out. Images have an address of their own."""

from typing import Any
from uuid import UUID

from litestar import Response, Router, get
from litestar.params import FromPath

from veza.core.access import Access, Scope
from veza.core.filenames import attachment
from veza.core.ids import ConversationId, MessageId
from veza.domains.chat.attachments import service
from veza.domains.chat.attachments.errors import AttachmentNotFound
from veza.domains.cloud.blobs import service as blobs
from veza.domains.cloud.files.models import OpenedFile
from veza.http.dependencies import AnyRequest, database_of, viewer_of
from veza.http.ranges import FileMetadata, serve_file
from veza.http.services import service_of
from veza.infra.storage.objects import ObjectMissing

_BYTES = "application/octet-stream"


@get(
    "/conversations/{conversation_id:uuid}/messages/{message_id:uuid}/file",
    access=Access.USER,
    scope=Scope.READ,
    produces=_BYTES,
    partial=True,
    errors=[AttachmentNotFound],
)
async def download_sent_file(
    request: AnyRequest, conversation_id: FromPath[UUID], message_id: FromPath[UUID]
) -> Response[Any]:
    """Download the file of a message, as it was when it was sent, where one may read the message.

    Once the message is deleted, or its sender suspended, nobody may.
    """
    place = ConversationId(conversation_id), MessageId(message_id)
    async with database_of(request).read() as conn:
        file = await service.open_file(conn, *place, reader_id=viewer_of(request).id)
    vault = service_of(request, blobs.Vault)
    try:
        return await serve_file(
            request, _facts(file), lambda first, last: blobs.read(vault, file.blob_id, first, last)
        )
    except ObjectMissing as error:
        # The message was deleted, and a day passed, between the look and the reading.
        raise AttachmentNotFound from error


def _facts(file: OpenedFile) -> FileMetadata:
    return FileMetadata(
        size=file.size_bytes,
        # To be saved, whatever it is: no browser runs here what a member made.
        content_type=_BYTES,
        etag=file.sha256,
        modified=file.stored_at,
        # What is deleted, or somebody no longer in, must not be answered from in between.
        cache_control="private, no-cache",
        disposition=attachment(file.name),
    )


router = Router("/", route_handlers=[download_sent_file], tags=["conversations"])
