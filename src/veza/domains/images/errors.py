"""Refuses pictures that are hidden, shown already, unreadable or too many."""

from veza.core.errors import Conflict, Invalid, NotFound, TooLarge, WrongMediaType


class ImageNotFound(NotFound):
    """The image doesn't exist, or the caller may not see it."""

    code = "image_not_found"
    message = "There is no such image."


class ImageInUse(Conflict):
    """The image is shown somewhere already: an image can be shown only once."""

    code = "image_in_use"
    message = "This image is shown somewhere already: upload it again to show it twice."


class TooManyImages(Conflict):
    """The member has the maximum number of images that aren't shown."""

    code = "too_many_images"
    message = "You have 50 images that aren't shown: show or delete some first."


class ImageMissing(Invalid):
    """The form has no file."""

    code = "image_missing"
    message = "Send the picture as the part `file` of the form, with a file name."


class ImageTooLarge(TooLarge):
    """The picture has too many bytes."""

    code = "image_too_large"
    message = "The picture is too large: the maximum is 10 MiB."


class ImageUnreadable(WrongMediaType):
    """The file is not a picture of a supported format."""

    code = "image_unreadable"
    message = "The file is not a JPEG, PNG, WebP or GIF that can be read."
