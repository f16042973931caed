"""HTTP for images: a form that streams in, a file that streams out."""

import asyncio
from typing import Any
from uuid import UUID

from litestar import Response, Router, delete, get, post
from litestar.params import FromPath

from veza.core.access import Access, Scope
from veza.core.activities import Activity
from veza.core.errors import Fault, Invalid
from veza.core.ids import ImageId
from veza.core.signed_urls import Resource
from veza.domains.images import errors, rules, service
from veza.domains.images.models import (
    MAX_IMAGE_BYTES,
    DeletedImage,
    ImageFile,
    ImageForm,
    ShownImage,
    StoredImage,
)
from veza.domains.platform.quotas import service as quotas
from veza.domains.platform.quotas.errors import (
    QuotaExceeded,
    QuotaOfObjectsExceeded,
    TooManyUploads,
)
from veza.domains.platform.quotas.models import Expected, Kind
from veza.http.dependencies import AnyRequest, Tx, database_of, viewer_of, visitor_of
from veza.http.multipart import BrokenForm, read_parts
from veza.http.ranges import FileMetadata, serve_file
from veza.http.services import service_of
from veza.http.signed_urls import Signature, is_signed, urls_of
from veza.infra.storage.objects import ObjectMissing

_FORM_BYTES = 64 * 1024
# What a picture takes at most, as a rule, once it was made anew: how much was sent says little.
_RESERVED_BYTES = 512 * 1024


@post(
    "/images",
    access=Access.USER,
    activity=Activity.UPLOAD,
    scope=Scope.WRITE,
    form=ImageForm,
    files={"file": "A picture: JPEG, PNG, WebP or GIF of at most 10 MiB."},
    request_max_body_size=None,
    errors=[
        BrokenForm,
        errors.ImageMissing,
        errors.ImageTooLarge,
        errors.ImageUnreadable,
        errors.TooManyImages,
        QuotaExceeded,
        QuotaOfObjectsExceeded,
        TooManyUploads,
    ],
)
async def upload_image(request: AnyRequest) -> ShownImage:
    """Upload a picture to show in a post or a message.

    It becomes a JPEG of at most 1600 by 1600 pixels without metadata; of a moving GIF the first
    frame is taken. Until it is shown only its owner sees it; after a day it is deleted.
    """
    database, owner = database_of(request), viewer_of(request)
    darkroom = service_of(request, service.Darkroom)
    async with quotas.reserve(
        service_of(request, quotas.Quotas),
        owner,
        Kind.IMAGES,
        expected=Expected(_RESERVED_BYTES),
    ) as room:
        image_id = await service.begin_upload(database, owner)
        try:
            file = await _receive(request, darkroom, image_id)
            async with database.transaction() as tx:
                await room.settle(tx, file.size_bytes)
                return await service.finish_upload(tx, image_id, file, urls_of(request))
        except BaseException:
            # Whatever went wrong, and be it that the client went away: nothing half-made stays.
            await asyncio.shield(service.abandon_upload(database, darkroom, image_id))
            raise


@get(
    "/images/{image_id:uuid}",
    access=Access.OPTIONAL,
    scope=Scope.READ,
    produces="image/jpeg",
    partial=True,
    errors=[errors.ImageNotFound],
)
async def show_image(
    request: AnyRequest, image_id: FromPath[UUID], url_signature: Signature
) -> Response[Any]:
    """Show a picture, a JPEG: one in the open to everybody, others with a signature in the URL."""
    viewer = visitor_of(request)
    admitted = is_signed(request, url_signature, Resource.IMAGE, image_id)
    async with database_of(request).read() as conn:
        image = await service.open_image(conn, ImageId(image_id), viewer, is_signed=admitted)
    storage, key = service_of(request, service.Darkroom).storage, rules.file_of(image.id)
    try:
        return await serve_file(
            request, _facts(image), lambda first, last: storage.read(key, first, last)
        )
    except ObjectMissing as error:
        # The image was deleted between the look at its row and the one at its file.
        raise errors.ImageNotFound from error


@delete(
    "/images/{image_id:uuid}",
    access=Access.USER,
    scope=Scope.WRITE,
    status_code=200,
    errors=[errors.ImageNotFound, errors.ImageInUse],
)
async def delete_image(request: AnyRequest, image_id: FromPath[UUID], tx: Tx) -> DeletedImage:
    """Delete one's own picture, as long as it isn't shown.

    One that is shown goes with what shows it.
    """
    await service.delete_image(tx, ImageId(image_id), viewer_of(request))
    return DeletedImage(ImageId(image_id))


async def _receive(request: AnyRequest, darkroom: service.Darkroom, image_id: ImageId) -> ImageFile:
    """Store the picture of a form as it comes."""
    file = None
    async for part in read_parts(request, MAX_IMAGE_BYTES + _FORM_BYTES):
        if part.name != "file" or part.filename is None:
            continue
        if file is not None:
            raise Invalid(details=[Fault("file", "Send one picture at a time.")])
        file = await service.store_image(darkroom, image_id, part.chunks)
    if file is None:
        raise errors.ImageMissing
    return file


def _facts(image: StoredImage) -> FileMetadata:
    # What is in the open may be kept for a day: the bytes of an id never change, but it may go.
    is_public = image.is_public
    return FileMetadata(
        size=image.size_bytes,
        content_type="image/jpeg",
        etag=image.id.hex,
        modified=image.created_at,
        cache_control="public, max-age=86400" if is_public else "private, max-age=3600",
    )


router = Router("/", route_handlers=[upload_image, show_image, delete_image], tags=["social"])
