"""What can be refused in this domain."""

from veza.core.errors import Conflict, Invalid, NotFound, TooLarge, WrongMediaType


class ImageNotFound(NotFound):
    """There is no such image, or none that the caller may see."""

    code = "image_not_found"
    message = "There is no such image."


class ImageInUse(Conflict):
    """An image is shown in one place, and once."""

    code = "image_in_use"
    message = "This image is shown somewhere already: upload it again to show it twice."


class TooManyImages(Conflict):
    """A member has as many images that aren't shown as one may."""

    code = "too_many_images"
    message = "You have 50 images that aren't shown: show or delete some first."


class ImageMissing(Invalid):
    """The form holds no picture."""

    code = "image_missing"
    message = "Send the picture as the part `file` of the form, with a file name."


class ImageTooLarge(TooLarge):
    """More bytes than a picture may have."""

    code = "image_too_large"
    message = "A picture may have 10 MiB."


class ImageUnreadable(WrongMediaType):
    """The bytes are no picture that we take."""

    code = "image_unreadable"
    message = "The file is not a JPEG, PNG, WebP or GIF that can be read."
