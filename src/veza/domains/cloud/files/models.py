"""Cloud files, their versions and folders, and the quota with its usage."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Self

from msgspec import UNSET, Meta, Struct, UnsetType

from veza.core.ids import BlobId, FileId, FileVersionId
from veza.domains.platform.uploads.models import UploadSource

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
        description="Parts separated by slashes; empty for the top level. A folder exists while it "
        "has files.",
        examples=["Mixes/2026"],
    ),
]


class CloudFileForm(Struct, frozen=True):
    """The form fields of an upload, other than the file with its name."""

    folder: Folder = ""


class RawBody(Struct, frozen=True):
    """A body that is a file, with its announced length, 0 if unknown.

    `source` is the resumable upload that it is from.
    """

    chunks: AsyncIterator[bytes]
    body_bytes: int = 0
    source: UploadSource | None = None


class FileChange(Struct, frozen=True):
    """A change of a file; omitted fields keep their values."""

    name: Name | UnsetType = UNSET
    folder: Folder | UnsetType = UNSET


class CloudFilePath(Struct, frozen=True):
    """The folder and the name of a file."""

    folder: str
    name: str


class CloudFile(Struct, frozen=True):
    """A file. `content_type` is determined by its content; `version` is the latest.

    A file with a `trashed_at` is in the trash.
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
    """A page of files."""

    files: list[CloudFile]
    next_cursor: str | None
    has_more: bool


class FileSort(StrEnum):
    """The order of a list of files: newest first, or by name, ignoring case."""

    CREATED_AT = "created_at"
    NAME = "name"


class FileQuery(Struct, frozen=True):
    """The parameters of a list of files; all `words` must be in the name."""

    limit: int = 20
    folder: str | None = None
    words: list[str] = []
    is_trashed: bool = False
    sort: FileSort = FileSort.CREATED_AT


class UsedFolder(Struct, frozen=True):
    """A folder that isn't empty, and the number of files in it, without those in subfolders."""

    folder: str
    files_count: int


class FolderPage(Struct, frozen=True):
    """A page of folders, sorted by name."""

    folders: list[UsedFolder]
    next_cursor: str | None
    has_more: bool


class NewVersion(Struct, frozen=True):
    """The row of a new version; an `is_snapshot` is never thinned out."""

    file_id: FileId
    version: int
    sha256: str
    size_bytes: int
    content_type: str
    is_snapshot: bool = False


class FileVersion(Struct, frozen=True):
    """A version of a file.

    `storage_key` is an identifier that never changes. It is not where the content is stored, which
    would reveal whether others have the same content.
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
    """A page of the versions of a file, newest first."""

    versions: list[FileVersion]
    next_cursor: str | None
    has_more: bool


class VersionCounts(Struct, frozen=True):
    """The number of versions of a file, and how many of them are snapshots."""

    versions: int
    snapshots: int


class DatedVersion(Struct, frozen=True):
    """A version that may be thinned out."""

    version: int
    created_at: datetime


class ServedVersion(Struct, frozen=True):
    """The data for serving a version of a file."""

    name: str
    blob_id: BlobId
    sha256: str
    size_bytes: int
    content_type: str
    stored_at: datetime


class CloudUsage(Struct, frozen=True):
    """The storage that a member uses: distinct contents of all files and file snapshots.

    `kept_bytes` excludes contents that are only in the trash; `sent_bytes` is only in file
    snapshots.
    """

    used_bytes: int
    kept_bytes: int
    sent_bytes: int


class ContentUsage(Struct, frozen=True):
    """The storage that a member uses, by stored counts: distinct contents, including the trash.

    `reserved_bytes` is reserved by uploads; `has_content` is about the requested content.
    """

    used_bytes: int
    reserved_bytes: int
    largest_bytes: int
    files_count: int
    has_content: bool


class CloudQuota(Struct, frozen=True):
    """The storage quota of a member's files. Each content counts once.

    The trash doesn't count: its files are deleted, oldest first, if their space is needed.
    `sent_bytes` is used only by files attached to messages, until these are deleted.
    """

    quota_bytes: int
    used_bytes: int
    sent_bytes: int
    trash_bytes: int
    left_bytes: int


class Retention(Struct, frozen=True):
    """The times that files are kept in the trash, and all former versions of files.

    Without `versions`, nothing is thinned out.
    """

    trash: timedelta
    versions: timedelta | None

    @classmethod
    def from_days(cls, trash: int, versions: int) -> Self:
        """Return the retention of so many days; 0 days of versions thin nothing out."""
        return cls(timedelta(days=trash), timedelta(days=versions) if versions else None)


class ExportedContent(Struct, frozen=True):
    """The content of a version, present or former, in its owner's data export."""

    id: FileVersionId
    name: str
    blob_id: BlobId
    size_bytes: int
