"""Uploads in progress, storage quotas and their usage."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

from msgspec import Struct

from veza.core.ids import UserId

# Stores a file of a form: its name, and its bytes as they arrive.
type StoreFile[T] = Callable[[str, AsyncIterator[bytes]], Awaitable[T]]


class StorageKind(StrEnum):
    """A kind of stored object with its own quota. `cloud.files` checks the quota of `FILES`."""

    TRACKS = "tracks"
    IMAGES = "images"
    PRODUCT_FILES = "product_files"
    GEAR_DOCUMENTS = "gear_documents"
    FILES = "files"


class QuotaLimit(Struct, frozen=True):
    """The limit of a member's storage of a kind; without `objects`, their number is unlimited."""

    bytes: int
    objects: int | None = None


class StorageUsage(Struct, frozen=True):
    """The storage of a kind that a member uses."""

    kind: StorageKind
    bytes: int
    objects: int


class CurrentUsage(Struct, frozen=True):
    """A member's stored and reserved bytes of one kind; `uploads` counts uploads of any kind."""

    bytes: int
    objects: int
    reserved_bytes: int
    reserved_objects: int
    uploads: int


class QuotaOverride(Struct, frozen=True):
    """A quota that the caller computes itself, and checks again when the upload is finished.

    A file of at most `largest_bytes` may fit even without space left: the member may have the same
    content already.
    """

    used_bytes: int
    limit_bytes: int
    largest_bytes: int = 0


class NewUpload(Struct, frozen=True):
    """An upload that begins.

    All of its objects are below `folder`. `parent_id` is the object to which the file will belong,
    if the number of its files is limited. `body_bytes` is the announced length of the body, 0 if
    unknown; `file_bytes` is the minimum length of the file.
    """

    id: UUID
    kind: StorageKind
    folder: str
    parent_id: UUID | None = None
    body_bytes: int = 0
    file_bytes: int = 1
    quota: QuotaOverride | None = None


class AbandonedUpload(Struct, frozen=True):
    """An upload that never ended, and the folder that has its objects."""

    id: UUID
    folder: str


class IncomingForm[Fields](Protocol):
    """A form with a required file, which has not been read yet."""

    @property
    def body_bytes(self) -> int:
        """The announced length of the body, 0 if unknown."""
        ...

    @property
    def file_bytes(self) -> int:
        """Return the minimum length of the file, from the announced length of the body."""
        ...

    async def receive[T](
        self, store: StoreFile[T], *, optional: Mapping[str, StoreFile[Any]] | None = None
    ) -> tuple[T, Fields]:
        """Read the form once: pass on each file as it arrives, and return the fields.

        `optional` has the optional files, by the names of their parts.
        """
        ...


class FileForm(Struct, frozen=True):
    """The fields of a form that has only a file."""


class PreparedForm[Fields](Struct, frozen=True):
    """An `IncomingForm` with parts in memory, for callers other than HTTP routes."""

    fields: Fields
    filename: str
    chunks: AsyncIterator[bytes]
    others: Mapping[str, AsyncIterator[bytes]] = {}
    body_bytes: int = 0
    file_bytes: int = 1

    async def receive[T](
        self, store: StoreFile[T], *, optional: Mapping[str, StoreFile[Any]] | None = None
    ) -> tuple[T, Fields]:
        """Pass each file on, and return the fields."""
        stored = await store(self.filename, self.chunks)
        for name, chunks in self.others.items():
            await (optional or {})[name](name, chunks)
        return stored, self.fields


class StorageQuota(Struct, frozen=True):
    """The quota of a kind and its usage; `max_objects` is null if unlimited."""

    kind: StorageKind
    max_bytes: int
    used_bytes: int
    left_bytes: int
    max_objects: int | None
    used_objects: int


class StorageQuotas(Struct, frozen=True):
    """A member's quotas by kind, and how many uploads they may have in progress."""

    quotas: list[StorageQuota]
    uploads_at_once: int


class UsageMismatch(Struct, frozen=True):
    """A count in `storage_usage` that differs from the sum of its rows."""

    user_id: UserId
    kind: StorageKind
    counted_bytes: int
    counted_objects: int
    bytes: int
    objects: int
