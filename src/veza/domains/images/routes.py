"""Pictures are uploaded here for posts, messages and covers, and shown by signed URLs."""

from typing import Any
from uuid import UUID

from litestar import Response, Router, delete, get, post
from litestar.params import FromPath
from msgspec import structs

from veza.core.access import Access, Scope
from veza.core.activities import Activity
from veza.core.ids import ImageId
from veza.core.profiles import Right
from veza.core.reviews import UNSHARED
from veza.core.signed_urls import Resource
from veza.domains.images import errors, rules
from veza.domains.images.models import MAX_IMAGE_BYTES, Image, StoredImage
from veza.domains.images.service import images
from veza.domains.platform.uploads.errors import UPLOAD_ERRORS
from veza.domains.platform.uploads.models import FileForm
from veza.domains.platform.uploads.service import Uploads
from veza.http.dependencies import AnyRequest, Tx, database_of, viewer_of, visitor_of
from veza.http.requests.multipart import BrokenForm, UploadForm
from veza.http.responses.caching import PRIVATE_FILE, PUBLIC_FILE
from veza.http.responses.envelope import Deleted
from veza.http.responses.pictures import PictureSize, SizeFormat, serve_picture
from veza.http.responses.ranges import FileMetadata, StoredFile
from veza.http.security.signed_urls import Signature, is_signed, urls_of
from veza.http.services import service_of
from veza.infra.media.images import PictureFormat


@post(
    "/images",
    access=Access.USER,
    activity=Activity.UPLOAD,
    scope=Scope.WRITE,
    form=FileForm,
    files={"file": "A picture: JPEG, PNG, WebP or GIF of at most 10 MiB."},
    request_max_body_size=None,
    errors=[
        BrokenForm,
        errors.ImageMissing,
        errors.ImageTooLarge,
        errors.ImageUnreadable,
        errors.TooManyImages,
        *UPLOAD_ERRORS,
    ],
)
async def upload_image(request: AnyRequest) -> Image:
    """Upload a picture for a post or a message, or as the cover of a playlist or release.

    It is converted to a JPEG of at most 1600 by 1600 pixels without metadata; of an animated GIF
    the first frame is used. Until the image is shown only you can see it; one that isn't shown
    within a day is deleted.
    """
    return await images.upload_image(
        service_of(request, Uploads),
        service_of(request, images.ImageProcessing),
        viewer_of(request),
        form=UploadForm(request, FileForm, MAX_IMAGE_BYTES, errors.ImageMissing),
        urls=urls_of(request),
    )


@get(
    "/images/{image_id:uuid}",
    access=Access.OPTIONAL,
    scope=Scope.READ,
    produces="image/jpeg image/avif",
    partial=True,
    errors=[errors.ImageNotFound],
)
async def show_image(
    request: AnyRequest,
    image_id: FromPath[UUID],
    url_signature: Signature,
    size: PictureSize = None,
    form: SizeFormat = PictureFormat.JPEG,
) -> Response[Any]:
    """Get an image as a JPEG, or a reduced copy.

    An image that isn't public needs the signed URL, or its owner.
    """
    viewer = visitor_of(request)
    admitted = is_signed(request, url_signature, Resource.IMAGE, image_id)
    is_reviewed = is_signed(request, url_signature, Resource.REVIEW, image_id)
    async with database_of(request).read() as conn:
        if is_reviewed:
            image = await images.open_reviewed(conn, ImageId(image_id))
        else:
            image = await images.open_image(conn, ImageId(image_id), viewer, is_signed=admitted)
    storage = service_of(request, images.ImageProcessing).storage
    key = rules.key_of(image.id)
    stored = StoredFile(storage, key, errors.ImageNotFound)
    facts = _facts(image)
    if is_reviewed:
        facts = structs.replace(facts, cache_control=UNSHARED)
    return await serve_picture(request, facts, stored, size, form)


@delete(
    "/images/{image_id:uuid}",
    access=Access.USER,
    scope=Scope.WRITE,
    status_code=200,
    errors=[errors.ImageNotFound, errors.ImageInUse],
)
async def delete_image(request: AnyRequest, image_id: FromPath[UUID], tx: Tx) -> Deleted:
    """Delete your own image, as long as it isn't shown.

    An image that is shown is deleted with the post, message, playlist or release that shows it.
    """
    await images.delete_image(tx, ImageId(image_id), viewer_of(request))
    return Deleted(image_id)


def _facts(image: StoredImage) -> FileMetadata:
    return FileMetadata(
        size=image.size_bytes,
        content_type="image/jpeg",
        etag=rules.etag_of(image.id),
        modified=image.created_at,
        cache_control=PUBLIC_FILE if image.is_public else PRIVATE_FILE,
        is_reserved=image.is_reserved,
    )


router = Router(
    "/",
    route_handlers=[upload_image, show_image, delete_image],
    tags=["social"],
    opt={"right": Right.PUBLISH},
)
