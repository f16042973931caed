"""Public images are seen by all, others by their owner or by a signed URL."""

from uuid import UUID

from veza.core.ids import ImageId, UserId
from veza.core.signed_urls import Resource, UrlBuilder
from veza.domains.images.errors import ImageInUse, ImageNotFound
from veza.domains.images.models import Image, LockedImage, SizedImage, StoredImage

MAX_UNUSED = 50


def folder_of(image_id: ImageId) -> str:
    """Return the folder of an image in the storage."""
    return f"images/{image_id}"


def key_of(image_id: ImageId) -> str:
    """Return the storage key of the file of an image."""
    return f"{folder_of(image_id)}/picture.jpg"


def etag_of(image_id: ImageId) -> str:
    """Return the entity tag of an image, without quotes: its bytes never change."""
    return image_id.hex


def small_key_of(image_id: ImageId, side_px: int) -> str:
    """Return the storage key of a smaller picture of an image that has some."""
    return f"{folder_of(image_id)}/{side_px}.jpg"


def can_see(image: StoredImage, viewer_id: UserId | None, *, is_signed: bool) -> bool:
    """Return whether a viewer may see an image; `is_signed` if its URL has a valid signature."""
    if image.owner_id == viewer_id:
        return True
    return not image.is_hidden and (image.is_public or is_signed)


def ensure_showable(image: LockedImage | None) -> SizedImage:
    """Raise ImageNotFound if there is no such image, and ImageInUse if it is shown already."""
    if image is None:
        raise ImageNotFound
    if image.is_used:
        raise ImageInUse
    return SizedImage(image.id, image.width, image.height)


def show_image(image: SizedImage, urls: UrlBuilder, *, is_public: bool) -> Image:
    """Return an image with a URL that its viewer can use."""
    url = url_of(image.id, urls, is_public=is_public)
    return Image(image.id, image.width, image.height, url)


def cover_url(image_id: ImageId | None, track_id: UUID | None, urls: UrlBuilder) -> str | None:
    """Return the signed URL of a cover: an image, else the picture in a track; None if neither."""
    if image_id is not None:
        return url_of(image_id, urls, is_public=False)
    if track_id is None:
        return None
    return f"{urls.base}/tracks/{track_id}/cover{urls.signed_query(Resource.TRACK, track_id)}"


def url_of(image_id: ImageId, urls: UrlBuilder, *, is_public: bool) -> str:
    """Return the URL of an image, signed unless it is public."""
    query = "" if is_public else urls.signed_query(Resource.IMAGE, image_id)
    return f"{urls.base}/images/{image_id}{query}"
