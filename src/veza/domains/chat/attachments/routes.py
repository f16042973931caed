"""The routes that download and play the file of a message. Images have their own URLs."""

from typing import Any
from uuid import UUID

from litestar import Response, Router, get
from litestar.params import FromPath
from msgspec import structs

from veza.core.access import Access, Scope
from veza.core.filenames import attachment, inline
from veza.core.ids import ConversationId, MessageId
from veza.core.profiles import Right
from veza.domains.chat.attachments import service
from veza.domains.chat.attachments.errors import AttachmentNotFound
from veza.domains.cloud.blobs import service as blobs
from veza.domains.cloud.files.models import ServedVersion
from veza.http.dependencies import AnyRequest, database_of, viewer_of
from veza.http.responses.ranges import FileMetadata, StoredFile, serve_object
from veza.http.services import service_of

_BYTES = "application/octet-stream"
_AUDIO_TYPES = "audio/mpeg audio/flac audio/wav audio/ogg audio/mp4 audio/aac"


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
    """Download the file of a message, as it was when it was sent.

    Available to members who can read the message, until it is deleted or its sender is suspended.
    """
    place = ConversationId(conversation_id), MessageId(message_id)
    async with database_of(request).read() as conn:
        file = await service.open_file(conn, *place, reader_id=viewer_of(request).id)
    storage = service_of(request, blobs.BlobStorage).storage
    stored = StoredFile(storage, blobs.object_key(file.blob_id), AttachmentNotFound)
    return await serve_object(request, _facts(file), stored)


@get(
    "/conversations/{conversation_id:uuid}/messages/{message_id:uuid}/audio",
    access=Access.USER,
    scope=Scope.READ,
    produces=_AUDIO_TYPES,
    partial=True,
    errors=[AttachmentNotFound],
)
async def play_sent_file(
    request: AnyRequest, conversation_id: FromPath[UUID], message_id: FromPath[UUID]
) -> Response[Any]:
    """Play the file of a message, which is audio: the same file, with the type of its content.

    MP3, FLAC, WAV, Ogg, MP4 and AAC up to 200 MiB. Available as the download is.
    """
    place = ConversationId(conversation_id), MessageId(message_id)
    async with database_of(request).read() as conn:
        file = await service.open_audio(conn, *place, reader_id=viewer_of(request).id)
    storage = service_of(request, blobs.BlobStorage).storage
    stored = StoredFile(storage, blobs.object_key(file.blob_id), AttachmentNotFound)
    # A player can't run what is in a file.
    metadata = structs.replace(
        _facts(file), content_type=file.content_type, disposition=inline(file.name)
    )
    return await serve_object(request, metadata, stored)


def _facts(file: ServedVersion) -> FileMetadata:
    return FileMetadata(
        size=file.size_bytes,
        # Saved: no browser may run a member's file under our origin.
        content_type=_BYTES,
        etag=file.sha256,
        modified=file.stored_at,
        # Caches must not serve deleted files, nor serve former members.
        cache_control="private, no-cache",
        disposition=attachment(file.name),
    )


router = Router(
    "/",
    route_handlers=[download_sent_file, play_sent_file],
    tags=["conversations"],
    opt={"right": Right.SPEAK},
)
