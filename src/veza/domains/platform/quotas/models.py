"""What is counted, how much of it is allowed, and how a member stands."""

from enum import StrEnum
from uuid import UUID

from msgspec import Struct

from veza.core.ids import UserId


class Kind(StrEnum):
    """What a member keeps in the storage. `FILES` is counted by the domain of that name."""

    TRACKS = "tracks"
    IMAGES = "images"
    PRODUCT_FILES = "product_files"
    GEAR_DOCUMENTS = "gear_documents"
    FILES = "files"


class Limit(Struct, frozen=True):
    """How much of one kind a member may keep; without `objects`, any number of them."""

    bytes: int
    objects: int | None = None


class Usage(Struct, frozen=True):
    """What a member keeps of one kind."""

    kind: Kind
    bytes: int
    objects: int


class Standing(Struct, frozen=True):
    """What a member keeps of one kind, what is reserved of it, and all of their uploads."""

    bytes: int
    objects: int
    reserved_bytes: int
    reserved_objects: int
    uploads: int


class Held(Struct, frozen=True):
    """What a member keeps and may keep, where another domain decides that.

    A content of at most `largest_bytes` may need no room at all: it may be one they have.
    """

    bytes: int
    limit_bytes: int
    largest_bytes: int = 0


class Expected(Struct, frozen=True):
    """How long a body is said to be, 0 where nothing is said; at least how much of it is a file."""

    body_bytes: int = 0
    least_bytes: int = 1


class NewReservation(Struct, frozen=True):
    """What an upload reserves."""

    id: UUID
    user_id: UserId
    kind: Kind
    bytes: int


class StorageQuota(Struct, frozen=True):
    """How much of one kind a member may keep, and does; `max_objects` is null for any number."""

    kind: Kind
    max_bytes: int
    used_bytes: int
    left_bytes: int
    max_objects: int | None
    used_objects: int


class StorageQuotas(Struct, frozen=True):
    """How much a member may keep, by kind, and how many uploads they may have under way."""

    quotas: list[StorageQuota]
    uploads_at_once: int


class Drift(Struct, frozen=True):
    """A count that isn't the sum of the rows it stands for."""

    user_id: UserId
    kind: Kind
    counted_bytes: int
    counted_objects: int
    bytes: int
    objects: int
