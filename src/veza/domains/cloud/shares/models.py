"""The nouns of the domain, as they are stored and as they are shown."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from veza.core.ids import BlobId, FileId, FileShareId

MAX_SHARES = 100
MAX_HOURS = 8760

Hours = Annotated[
    float,
    Meta(gt=0, le=MAX_HOURS, description="For how long the link holds, parts too.", examples=[24]),
]
LinkPassword = Annotated[
    str,
    Meta(min_length=1, max_length=128, description="What others must know besides the link."),
]
Downloads = Annotated[
    int, Meta(ge=1, le=1_000_000, description="How often the file may be downloaded.")
]


class Permission(StrEnum):
    """What a link lets others do with the file."""

    READ = "read"


class ShareForm(Struct, frozen=True):
    """What is said of a link when it is made."""

    permissions: Permission = Permission.READ
    expires_in_hours: Hours = 24
    password: LinkPassword | None = None
    max_downloads: Downloads | None = None


class UnlockForm(Struct, frozen=True):
    """The token of a link, and its password."""

    token: Annotated[str, Meta(min_length=1, max_length=200)]
    password: LinkPassword


class NewShare(Struct, frozen=True):
    """What is written for a new link."""

    id: FileShareId
    file_id: FileId
    token_hash: bytes
    permissions: Permission
    password_hash: str | None
    max_downloads: int | None


class DrawnShare(Struct, frozen=True):
    """A link that is to be made, with the only copy of its token."""

    share: NewShare
    token: str
    lasts: timedelta


class CreatedShare(Struct, frozen=True):
    """A link that was just made. Its token is shown this once."""

    id: FileShareId
    share_url: str
    token: str
    permissions: Permission
    expires_at: datetime
    max_downloads: int | None
    is_protected: bool


class Share(Struct, frozen=True):
    """A link as the file's owner sees it. `is_protected`: it wants a password besides."""

    id: FileShareId
    file_id: FileId
    permissions: Permission
    is_protected: bool
    downloads: int
    max_downloads: int | None
    expires_at: datetime
    created_at: datetime


class Shares(Struct, frozen=True):
    """The links to a file that hold, the latest first."""

    shares: list[Share]


class RevokedShare(Struct, frozen=True):
    """Which link holds no more."""

    id: FileShareId


class StoredShare(Struct, frozen=True):
    """A link that holds, with the file to which it leads, as that is now."""

    id: FileShareId
    permissions: Permission
    password_hash: str | None
    max_downloads: int | None
    expires_at: datetime
    name: str
    size_bytes: int
    content_type: str
    sha256: str
    blob_id: BlobId
    stored_at: datetime


class SharedFile(Struct, frozen=True):
    """A file as those see it who have a link to it."""

    name: str
    size_bytes: int
    content_type: str
    permissions: Permission
    expires_at: datetime
    download_url: str


class OwnShare(Struct, frozen=True):
    """A link as the file's owner is handed it out with their data."""

    id: FileShareId
    file_id: FileId
    permissions: Permission
    downloads: int
    max_downloads: int | None
    expires_at: datetime
    revoked_at: datetime | None
    created_at: datetime
