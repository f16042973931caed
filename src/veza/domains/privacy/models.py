"""The nouns of the domain, as they are stored and as they are shown."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from veza.core.ids import ExportId, UserId


class ExportStatus(StrEnum):
    """How an export stands: an `expired` one was ready, and is deleted."""

    WAITING = "waiting"
    RUNNING = "running"
    READY = "ready"
    FAILED = "failed"
    EXPIRED = "expired"


class StoredExport(Struct, frozen=True):
    """An export as it is stored: `sha256` in hex. Of its tries the last one counts."""

    id: ExportId
    user_id: UserId
    status: ExportStatus
    failure_reason: str | None
    tries: int
    files_done: int
    files_total: int
    bytes_done: int
    bytes_total: int
    size_bytes: int | None
    sha256: str | None
    created_at: datetime
    ready_at: datetime | None
    expires_at: datetime | None


class Export(Struct, frozen=True):
    """An export as its member sees it: how far it is, and where it lies once it is ready.

    The URL needs no token, and lasts until `expires_at`.
    """

    id: ExportId
    status: ExportStatus
    failure_reason: str | None
    percent: Annotated[int, Meta(ge=0, le=100)]
    files_done: int
    files_total: int
    size_bytes: int | None
    sha256: str | None
    url: str | None
    created_at: datetime
    ready_at: datetime | None
    expires_at: datetime | None


class Progress(Struct, frozen=True):
    """How far an export is."""

    files_done: int
    files_total: int
    bytes_done: int
    bytes_total: int


class Farewell(Struct, frozen=True):
    """The password of whoever wants their account erased, asked for once more."""

    password: Annotated[str, Meta(max_length=1000, examples=["SecureP@ssw0rd"])]


class Leaving(Struct, frozen=True):
    """What becomes of an account: `due_at` is when it is erased, None where it is already."""

    message: str
    due_at: datetime | None


class SaidFarewell(Struct, frozen=True):
    """That a member leaves, as it is stored."""

    said_at: datetime
    due_at: datetime


class StaffErasure(Struct, frozen=True):
    """An erasure by staff. `decided_by` is null once that admin's account is gone."""

    id: UUID
    reason: str
    decided_by: UserId | None
    erased_at: datetime


class PersonalPrivacy(Struct, frozen=True):
    """When a member asked for their data, whether they leave, and whom they erased as admins."""

    exports: list[StoredExport]
    farewell: SaidFarewell | None
    erasures_decided: list[StaffErasure]


class ErasureForm(Struct, frozen=True):
    """Why a suspended member is erased. The reason outlives them: it should not name them."""

    reason: Annotated[str, Meta(min_length=1, max_length=1000)]


class StaffErasurePage(Struct, frozen=True):
    """One page of the erasures by staff, newest first."""

    erasures: list[StaffErasure]
    next_cursor: str | None
    has_more: bool


class EraseMember(Struct, frozen=True):
    """Have a member erased whose time to think better of it is over."""

    user_id: UserId


class BuildExport(Struct, frozen=True):
    """Have an export put together."""

    export_id: ExportId


class DeleteExports(Struct, frozen=True):
    """Have the archives of exports deleted."""

    export_ids: list[ExportId]
