"""Decisions without I/O: everything here can be tested with plain values."""

from veza.core.ids import ImageId, UserId
from veza.domains.images.errors import ImageInUse, ImageNotFound
from veza.domains.images.models import LockedImage, ShownImage, SizedImage, StoredImage
from veza.domains.tracks.models import Links

MAX_UNUSED = 50


def folder_of(image_id: ImageId) -> str:
    """Tell where in the storage the file of an image lies."""
    return f"images/{image_id}"


def file_of(image_id: ImageId) -> str:
    """Tell the key of the file of an image in the storage."""
    return f"{folder_of(image_id)}/picture.jpg"


def can_see(image: StoredImage, viewer_id: UserId | None, *, granted: bool) -> bool:
    """Tell whether somebody may see an image; `granted` by the signature of its URL."""
    if image.owner_id == viewer_id:
        return True
    return not image.is_hidden and (image.is_public or granted)


def ensure_showable(image: LockedImage | None) -> SizedImage:
    """Raise ImageNotFound where there is no such image yet, ImageInUse where it is shown."""
    if image is None or image.width is None or image.height is None:
        raise ImageNotFound
    if image.is_used:
        raise ImageInUse
    return SizedImage(image.id, image.width, image.height)


def show_image(image: SizedImage, links: Links, *, is_public: bool) -> ShownImage:
    """Show an image, with a URL that its viewer can use."""
    grant = "" if is_public else _grant(image.id, links)
    url = f"{links.base}/images/{image.id}{grant}"
    return ShownImage(image.id, url, image.width, image.height)


def granted_text(image_id: ImageId, expires: int) -> str:
    """Write what the signature of a URL is made over. A track's is another, whatever its id."""
    return f"image:{image_id}:{expires}"


def _grant(image_id: ImageId, links: Links) -> str:
    signature = links.sign(granted_text(image_id, links.expires))
    return f"?expires={links.expires}&signature={signature}"
