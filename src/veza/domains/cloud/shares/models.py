"""A link as created, once with its token, as listed, and as its recipient sees the file."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from veza.core.ids import BlobId, FileId, FileShareId, UserId

MAX_SHARES = 100
MAX_HOURS = 8760

Hours = Annotated[
    float,
    Meta(
        gt=0,
        le=MAX_HOURS,
        description="May be fractional.",
        examples=[24],
    ),
]
LinkPassword = Annotated[
    str,
    Meta(min_length=1, max_length=128, description="A password that is needed besides the link."),
]
Downloads = Annotated[
    int, Meta(ge=1, le=1_000_000, description="How often the file may be downloaded.")
]


class Permission(StrEnum):
    """The permission that a link grants for the file."""

    READ = "read"


class ShareForm(Struct, frozen=True):
    """The fields of a new link."""

    permissions: Permission = Permission.READ
    expires_in_hours: Hours = 24
    password: LinkPassword | None = None
    max_downloads: Downloads | None = None


class UnlockForm(Struct, frozen=True):
    """The token of a link, and its password."""

    token: Annotated[str, Meta(min_length=1, max_length=200)]
    password: LinkPassword


class OwnedShare(Struct, frozen=True):
    """A link, by the owner and the name of its file."""

    id: FileShareId
    owner_id: UserId
    name: str


class NewShare(Struct, frozen=True):
    """The row of a new link."""

    id: FileShareId
    file_id: FileId
    token_hash: bytes
    permissions: Permission
    password_hash: str | None
    max_downloads: int | None


class PreparedShare(Struct, frozen=True):
    """A link that is to be inserted, with the only copy of its token."""

    share: NewShare
    token: str
    lifetime: timedelta


class CreatedShare(Struct, frozen=True):
    """A link that was just created. Its token is shown only once."""

    id: FileShareId
    share_url: str
    token: str
    permissions: Permission
    expires_at: datetime
    max_downloads: int | None
    is_protected: bool


class ShareFacts(Struct, frozen=True):
    """The fields that a list of links and an export have in common."""

    id: FileShareId
    file_id: FileId
    permissions: Permission
    downloads: int
    max_downloads: int | None
    expires_at: datetime
    created_at: datetime


class ShareLink(ShareFacts, frozen=True):
    """A link as the owner of the file sees it; `is_protected` if it needs a password."""

    is_protected: bool


class Shares(Struct, frozen=True):
    """The valid links to a file, newest first."""

    shares: list[ShareLink]


class NamedShareLink(ShareLink, frozen=True):
    """A link, with the name of its file."""

    file_name: str


class SharePage(Struct, frozen=True):
    """A page of a member's valid links, newest first."""

    shares: list[NamedShareLink]
    next_cursor: str | None
    has_more: bool


class StoredShare(Struct, frozen=True):
    """A valid link, with the file as it is now."""

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


class ShareEvidence(Struct, frozen=True):
    """A file at the moment a link to it was reported."""

    author_id: UserId
    username: str
    title: str
    size_bytes: int
    content_type: str


class SharedFile(Struct, frozen=True):
    """A file as shown by a link. `id` is that of the link, by which it is reported."""

    id: FileShareId
    name: str
    size_bytes: int
    content_type: str
    permissions: Permission
    expires_at: datetime
    download_url: str


class ExportedShare(ShareFacts, frozen=True):
    """A link in the data export of the file's owner."""

    revoked_at: datetime | None
