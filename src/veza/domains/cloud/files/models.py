"""The nouns of the domain, as they are stored and as they are shown."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from veza.core.ids import BlobId, FileId, FileVersionId

MAX_FILES = 100_000
MAX_VERSIONS = 1000
MAX_SNAPSHOTS = 100
MAX_FOLDER_LENGTH = 1000
MAX_NAME_LENGTH = 255

Name = Annotated[
    str, Meta(min_length=1, max_length=MAX_NAME_LENGTH, examples=["Night Ferry (mix 3).wav"])
]
Folder = Annotated[
    str,
    Meta(
        max_length=MAX_FOLDER_LENGTH,
        description="Parts separated by slashes; empty at the top. It is there while it holds "
        "something.",
        examples=["Mixes/2026"],
    ),
]


class FileForm(Struct, frozen=True):
    """What is said of a file at its upload; its name comes with it."""

    folder: Folder = ""


class FileChange(Struct, frozen=True):
    """What is to be changed; what is left out stays as it is."""

    name: Name | UnsetType = UNSET
    folder: Folder | UnsetType = UNSET


class FilePlace(Struct, frozen=True):
    """What a file is called, and in which folder it lies."""

    folder: str
    name: str


class StoredFile(Struct, frozen=True):
    """A file as it is stored, with the version that it is at present."""

    id: FileId
    folder: str
    name: str
    version: int
    trashed_at: datetime | None
    created_at: datetime
    updated_at: datetime
    sha256: str
    size_bytes: int
    content_type: str


class CloudFile(Struct, frozen=True):
    """A file as its owner sees it. `content_type` is what its bytes say; `version` is the latest.

    One with a `trashed_at` lies in the trash.
    """

    id: FileId
    name: str
    folder: str
    version: int
    size_bytes: int
    content_type: str
    sha256: str
    created_at: datetime
    updated_at: datetime
    trashed_at: datetime | None


class FilePage(Struct, frozen=True):
    """One page of files, and where the next one begins."""

    files: list[CloudFile]
    next_cursor: str | None
    has_more: bool


class FileSort(StrEnum):
    """By what a list of files is sorted: the latest first, or by name without regard to case."""

    CREATED_AT = "created_at"
    NAME = "name"


class FileQuery(Struct, frozen=True):
    """Which files are asked for: of one folder, with some words in the name, or in the trash."""

    limit: int = 20
    folder: str | None = None
    words: list[str] = []
    is_trashed: bool = False
    sort: FileSort = FileSort.CREATED_AT


class UsedFolder(Struct, frozen=True):
    """A folder that holds something, and how many files lie in it, not counting those below."""

    folder: str
    files_count: int


class FolderPage(Struct, frozen=True):
    """One page of folders in the order of their names, and where the next one begins."""

    folders: list[UsedFolder]
    next_cursor: str | None
    has_more: bool


class NewVersion(Struct, frozen=True):
    """What is written for a new version; `is_snapshot` keeps it from being thinned."""

    file_id: FileId
    version: int
    sha256: str
    size_bytes: int
    content_type: str
    is_snapshot: bool = False


class StoredVersion(Struct, frozen=True):
    """A version as it is stored."""

    id: FileVersionId
    file_id: FileId
    version: int
    sha256: str
    size_bytes: int
    content_type: str
    is_snapshot: bool
    created_at: datetime


class FileVersion(Struct, frozen=True):
    """A version of a file, as it is shown.

    `storage_key` is a name for it that never changes. Where its bytes lie nobody is told: that
    would say who else has them, and since when.
    """

    id: FileVersionId
    file_id: FileId
    version: int
    storage_key: str
    size_bytes: int
    content_type: str
    sha256: str
    is_snapshot: bool
    created_at: datetime


class VersionPage(Struct, frozen=True):
    """One page of the versions of a file, the latest first, and where the next one begins."""

    versions: list[FileVersion]
    next_cursor: str | None
    has_more: bool


class VersionCounts(Struct, frozen=True):
    """How many versions a file has, and how many of them are snapshots."""

    versions: int
    snapshots: int


class DatedVersion(Struct, frozen=True):
    """What thinning must know of a version."""

    version: int
    created_at: datetime


class OpenedFile(Struct, frozen=True):
    """What is needed to serve a version of a file."""

    name: str
    blob_id: BlobId
    sha256: str
    size_bytes: int
    stored_at: datetime


class Room(Struct, frozen=True):
    """What a member holds: distinct contents of all that they have and sent, and without the trash.

    `sent_bytes` is for what they sent and have in no file any more.
    """

    used_bytes: int
    kept_bytes: int
    sent_bytes: int


class Hold(Struct, frozen=True):
    """What a member holds, from counts that are kept: distinct contents, the trash included.

    `reserved_bytes` is for uploads under way; `is_held` tells of the content that was asked about.
    """

    used_bytes: int
    reserved_bytes: int
    largest_bytes: int
    files_count: int
    is_held: bool


class Quota(Struct, frozen=True):
    """How much room a member has: every content counts once.

    What only the trash holds makes room by itself, the oldest first, where room is needed.
    `sent_bytes` is for what hangs on messages alone: it is free once they are deleted.
    """

    quota_bytes: int
    used_bytes: int
    sent_bytes: int
    trash_bytes: int
    left_bytes: int


class Retention(Struct, frozen=True):
    """How long things are kept: what lies in the trash, and former versions before they thin out.

    Without `versions` nothing is thinned.
    """

    trash: timedelta
    versions: timedelta | None


class FileFigures(Struct, frozen=True):
    """How many files there are, and how many versions of them."""

    total: int
    versions: int


class OwnContent(Struct, frozen=True):
    """What a version of a file holds, present or former, as its owner is handed it out."""

    id: FileVersionId
    name: str
    blob_id: BlobId
    size_bytes: int
