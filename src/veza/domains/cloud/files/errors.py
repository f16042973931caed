"""Refusals of cloud files: not the caller's, too many or too large, in the trash or in use."""

from veza.core.errors import Conflict, Invalid, NotFound, TooLarge


class FileNotFound(NotFound):
    """The file doesn't exist, or belongs to another member."""

    code = "file_not_found"
    message = "There is no such file."


class VersionNotFound(NotFound):
    """The file has no such version."""

    code = "file_version_not_found"
    message = "The file has no such version."


class VersionInUse(Conflict):
    """The latest version can't be deleted: it is the file itself."""

    code = "file_version_in_use"
    message = "This is the current version: restore another version first."


class FileNotTrashed(Conflict):
    """The file is not in the trash."""

    code = "file_not_trashed"
    message = "This file is not in the trash."


class TooManyFiles(Conflict):
    """The member has the maximum number of files."""

    code = "too_many_files"
    message = "You have 100,000 files, which is the maximum: delete some, or archive some."


class TooManyVersions(Conflict):
    """The file has the maximum number of versions."""

    code = "too_many_versions"
    message = "The file has 1,000 versions: delete some first."


class TooManySnapshots(Conflict):
    """The file has the maximum number of snapshots."""

    code = "too_many_snapshots"
    message = "The file has 100 snapshots: delete some first."


class CloudFileMissing(Invalid):
    """The form has no file."""

    code = "file_missing"
    message = "Send the file as the part `file` of the form, with a file name."


class CloudFileTooLarge(TooLarge):
    """The file has too many bytes."""

    code = "file_too_large"
    message = "The file is too large."
