"""Uploads in progress, storage quotas and their usage."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Protocol
from uuid import UUID

from msgspec import Meta, Struct

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


class MemberUsage(StorageUsage, frozen=True, kw_only=True):
    """The storage of a kind that one of many members uses."""

    user_id: UserId
    username: str


class CurrentUsage(Struct, frozen=True):
    """A member's stored and reserved bytes of one kind.

    `uploads` counts uploads of any kind; `resumable_uploads` those that may be interrupted, apart.
    """

    bytes: int
    objects: int
    reserved_bytes: int
    reserved_objects: int
    uploads: int
    resumable_uploads: int = 0


class QuotaOverride(Struct, frozen=True):
    """A quota that the caller computes itself, and checks again when the upload is finished.

    A file of at most `largest_bytes` may fit even without space left: the member may have the same
    content already.
    """

    used_bytes: int
    limit_bytes: int
    largest_bytes: int = 0


class UploadSource(Struct, frozen=True):
    """A resumable upload whose bytes arrived, and the writer that holds it.

    `reservations` are the ids of the reservations that were made for it.
    """

    id: UUID
    writer_id: UUID
    reservations: Sequence[UUID]


class NewUpload(Struct, frozen=True):
    """An upload that begins.

    All of its objects are below `folder`. `parent_id` is the object to which the file will belong,
    if the number of its files is limited. `body_bytes` is the announced length of the body, 0 if
    unknown; `file_bytes` is the minimum length of the file. `source` is the resumable upload that
    it completes.
    """

    id: UUID
    kind: StorageKind
    folder: str
    parent_id: UUID | None = None
    body_bytes: int = 0
    file_bytes: int = 1
    quota: QuotaOverride | None = None
    source: UploadSource | None = None


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

    @property
    def source(self) -> UploadSource | None:
        """The resumable upload that the file is from."""
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
    source: UploadSource | None = None

    async def receive[T](
        self, store: StoreFile[T], *, optional: Mapping[str, StoreFile[Any]] | None = None
    ) -> tuple[T, Fields]:
        """Pass each file on, and return the fields."""
        stored = await store(self.filename, self.chunks)
        for name, chunks in self.others.items():
            await (optional or {})[name](name, chunks)
        return stored, self.fields

    def with_fields[Others](self, fields: Others) -> "PreparedForm[Others]":
        """Return the same form with other fields."""
        return PreparedForm(
            fields,
            self.filename,
            self.chunks,
            self.others,
            self.body_bytes,
            self.file_bytes,
            self.source,
        )


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


class ResumableState(StrEnum):
    """The state of a resumable upload: all bytes of a `received` one are stored."""

    RECEIVING = "receiving"
    RECEIVED = "received"
    COMPLETED = "completed"
    FAILED = "failed"


class Admission(Struct, frozen=True):
    """The quota and the parent that an allowed upload counts for: see `NewUpload`."""

    parent_id: UUID | None = None
    quota: QuotaOverride | None = None


class ResumableRequest(Struct, frozen=True):
    """A resumable upload that a client asks for; `metadata` is kept as it was sent.

    Without a length the client tells it later.
    """

    length_bytes: int | None
    metadata: str
    is_partial: bool = False


class ConcatenationRequest(Struct, frozen=True):
    """A final upload, made of finished parts in this order; `concat` is kept as it was sent."""

    part_ids: Sequence[UUID]
    concat: str
    metadata: str


class NewResumable(Struct, frozen=True):
    """A resumable upload that begins; a final one is received already, and held by a writer.

    If `is_deferred`, the length is the most that may arrive.
    """

    id: UUID
    owner_id: UserId
    purpose: str
    metadata: str
    length_bytes: int
    state: ResumableState = ResumableState.RECEIVING
    is_partial: bool = False
    concat: str | None = None
    writer_id: UUID | None = None
    is_deferred: bool = False


class ResumableUpload(Struct, frozen=True):
    """A resumable upload, as stored. If `is_deferred`, the length is the most that may arrive."""

    id: UUID
    owner_id: UserId | None
    purpose: str
    metadata: str
    length_bytes: int
    offset_bytes: int
    segments: int
    state: ResumableState
    is_partial: bool
    is_deferred: bool
    final_id: UUID | None
    concat: str | None
    result_id: UUID | None
    error_code: str | None
    error_message: str | None
    created_at: datetime
    expires_at: datetime


class NewSegment(Struct, frozen=True):
    """Bytes of an upload that were stored, and the writer that stored them."""

    id: UUID
    upload_id: UUID
    writer_id: UUID
    first_byte: int
    size_bytes: int


class Segment(Struct, frozen=True):
    """Stored bytes of an upload; those of a final upload are its parts'."""

    id: UUID
    upload_id: UUID
    size_bytes: int


class Checksum(Struct, frozen=True):
    """The checksum that a client sent of a chunk; `algorithm` is a name of `hashlib`."""

    algorithm: str
    digest: bytes


class IncomingChunk(Struct, frozen=True):
    """Bytes that arrive for an upload, from `offset`; `body_bytes` is 0 if not announced.

    `length_bytes` is the length of the whole upload, if the client tells it now.
    """

    offset: int
    chunks: AsyncIterator[bytes]
    body_bytes: int = 0
    checksum: Checksum | None = None
    length_bytes: int | None = None


class UploadResult(Struct, frozen=True):
    """The result of a completed upload, and its path on this server."""

    id: UUID
    path: str


class UploadFailure(Struct, frozen=True):
    """Why an upload could not be completed."""

    code: str
    message: str


class UploadStatus(Struct, frozen=True):
    """A resumable upload, as shown to its owner."""

    id: UUID
    purpose: str
    state: ResumableState
    length_bytes: Annotated[
        int | None, Meta(description="Null until the client tells it (`Upload-Defer-Length`).")
    ]
    offset_bytes: int
    is_partial: bool
    created_at: datetime
    expires_at: datetime
    result: UploadResult | None
    failure: UploadFailure | None


class UploadStatuses(Struct, frozen=True):
    """The uploads of a member that have not expired, the latest first."""

    items: list[UploadStatus]


class CompleteUpload(Struct, frozen=True):
    """Job: complete an upload whose bytes arrived, but whose request ended early."""

    upload_id: UUID
