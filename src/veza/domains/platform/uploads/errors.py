"""Refusals of this domain."""

from veza.core.errors import Conflict, FieldError, TooLarge, TooManyRequests


class QuotaExceeded(TooLarge):
    """The file doesn't fit into the quota; `left_bytes` is how much would."""

    code = "quota_exceeded"
    message = "You have no storage left for this file: delete some files first."

    def __init__(self, left_bytes: int = 0) -> None:
        super().__init__(details=[FieldError("file", f"{left_bytes} bytes are left.")])
        self.left_bytes = left_bytes


class QuotaOfObjectsExceeded(TooLarge):
    """The member has the maximum number of objects of this kind."""

    code = "quota_of_objects_exceeded"
    message = "You have as many of these as you may keep: delete some first."

    def __init__(self, max_objects: int = 0) -> None:
        super().__init__(details=[FieldError("file", f"0 of {max_objects} are left.")])


class TooManyUploads(TooManyRequests):
    """The member has the maximum number of uploads in progress."""

    code = "too_many_uploads"
    message = "You have too many uploads in progress: wait until one of them ends."


class UploadExpired(Conflict):
    """The upload took too long, and the received files are deleted."""

    code = "upload_expired"
    message = "The upload took more than a day: send the file again."


# What every upload may be refused for.
UPLOAD_ERRORS = (QuotaExceeded, QuotaOfObjectsExceeded, TooManyUploads, UploadExpired)
