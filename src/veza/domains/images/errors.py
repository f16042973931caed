"""What can be refused in this domain."""

from veza.core.errors import Conflict, NotFound


class ImageNotFound(NotFound):
    """There is no such image, or none that the caller may see."""

    code = "image_not_found"
    message = "There is no such image."


class ImageInUse(Conflict):
    """An image is shown in one place, and once."""

    code = "image_in_use"
    message = "This image is shown somewhere already: upload it again to show it twice."
