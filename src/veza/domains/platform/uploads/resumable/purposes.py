"""Purposes of resumable uploads. Each domain that receives files has its own in `wiring`."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from veza.core.access import Member, is_enough
from veza.core.errors import FieldError, Forbidden
from veza.core.profiles import ensure_right
from veza.domains.platform.uploads.errors import UnknownPurpose
from veza.domains.platform.uploads.rules import PURPOSE
from veza.domains.platform.uploads.service import UploadPurpose, Uploads


class ResumableUploads(Struct, frozen=True):
    """The upload sessions, the purposes of uploads by name, and the path of the API."""

    uploads: Uploads
    purposes: Mapping[str, UploadPurpose[Any]]
    api_path: str

    @property
    def max_bytes(self) -> int:
        """Return the length of the longest file that is accepted for any purpose."""
        return max(purpose.max_bytes for purpose in self.purposes.values())


def find_purpose(
    resumable: ResumableUploads, fields: Mapping[str, str], owner: Member
) -> UploadPurpose[Any]:
    """Return the purpose that metadata name. Raises UnknownPurpose and Forbidden."""
    name = fields.get(PURPOSE, "")
    choices = ", ".join(resumable.purposes)
    unknown = UnknownPurpose(details=[FieldError(PURPOSE, f"One of: {choices}.")])
    if name not in resumable.purposes:
        raise unknown
    purpose = resumable.purposes[name]
    ensure_role(purpose, owner)
    return purpose


def ensure_role(purpose: UploadPurpose[Any], owner: Member) -> None:
    """Raise Forbidden if the role of a member does not allow uploads for a purpose."""
    if not is_enough(owner.role, purpose.access):
        raise Forbidden("Your role doesn't allow uploads for this purpose.")
    if owner.profile_role is not None:
        ensure_right(owner.profile_role, purpose.right)
