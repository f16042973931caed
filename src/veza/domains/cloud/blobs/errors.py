"""What can be refused in this domain."""

from veza.core.errors import Conflict


class UploadExpired(Conflict):
    """The upload took so long that what came of it was taken for broken off."""

    code = "upload_expired"
    message = "The upload took more than a day: send the file again."
