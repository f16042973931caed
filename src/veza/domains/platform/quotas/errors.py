"""What can be refused in this domain."""

from veza.core.errors import Fault, TooLarge, TooMany


class QuotaExceeded(TooLarge):
    """The member has no room for so much; `left_bytes` says for how much there is."""

    code = "quota_exceeded"
    message = "You have no room left for this file."

    def __init__(self, left_bytes: int = 0) -> None:
        super().__init__(details=[Fault("file", f"{left_bytes} bytes are left.")])
        self.left_bytes = left_bytes


class QuotaOfObjectsExceeded(TooLarge):
    """The member keeps as many of this kind as one may."""

    code = "quota_of_objects_exceeded"
    message = "You have as many of these as you may keep: delete some first."

    def __init__(self, max_objects: int = 0) -> None:
        super().__init__(details=[Fault("file", f"0 of {max_objects} are left.")])


class TooManyUploads(TooMany):
    """The member has as many uploads under way as one may."""

    code = "too_many_uploads"
    message = "You have too many uploads under way: wait until one of them ends."
