"""Purposes of resumable uploads. `app` passes in those of the domains that receive files."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol
from uuid import UUID

from msgspec import Struct

from veza.core.access import Access, Member, is_enough
from veza.core.activities import Activity
from veza.core.errors import FieldError, Forbidden
from veza.domains.platform.uploads.errors import UnknownPurpose
from veza.domains.platform.uploads.models import Admission, PreparedForm, StorageKind
from veza.domains.platform.uploads.service import Uploads
from veza.infra.postgres.database import Tx

PURPOSE = "purpose"


class EnsureAllowed[Fields](Protocol):
    """Checks a new upload by the rules of the route that receives such files in a form."""

    async def __call__(
        self, tx: Tx, owner: Member, fields: Fields | None, length_bytes: int, /
    ) -> Admission:
        """Return what the upload counts for. Raises what the route raises.

        `fields` is None for a part, of which only the purpose is known. The member is locked.
        """
        ...


class UploadPurpose[Fields](Struct, frozen=True):
    """The requirements and the completion of uploads for a purpose.

    `read_fields` converts the metadata, or raises Invalid; `complete` creates the file; `path_of`
    returns the path of what it became, by its id, below the address of the API. `ensure_head`
    raises if no file for the purpose begins so, before all of it is sent.
    """

    access: Access
    kind: StorageKind
    max_bytes: int
    read_fields: Callable[[dict[str, str]], Fields]
    ensure_allowed: EnsureAllowed[Fields]
    complete: Callable[[Member, PreparedForm[Fields]], Awaitable[None]]
    path_of: Callable[[dict[str, str], UUID], str]
    activity: Activity | None = None
    ensure_head: Callable[[bytes], None] | None = None


class ResumableUploads(Struct, frozen=True):
    """The upload sessions, and the purposes of uploads by name."""

    uploads: Uploads
    purposes: Mapping[str, UploadPurpose[Any]]

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
