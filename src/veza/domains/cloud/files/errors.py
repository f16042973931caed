"""What can be refused in this domain."""

from veza.core.errors import Conflict, Invalid, NotFound, TooLarge


class FileNotFound(NotFound):
    """There is no such file, or it is somebody else's."""

    code = "file_not_found"
    message = "There is no such file."


class VersionNotFound(NotFound):
    """The file has no such version, or has it no more."""

    code = "file_version_not_found"
    message = "The file has no such version."


class VersionInUse(Conflict):
    """The latest version is the file itself."""

    code = "file_version_in_use"
    message = "This is the file as it is now: restore another version first."


class FileNotTrashed(Conflict):
    """Only what lies in the trash can be taken out of it."""

    code = "file_not_trashed"
    message = "This file is not in the trash."


class TooManyFiles(Conflict):
    """A member has as many files as one may have."""

    code = "too_many_files"
    message = "You have 100,000 files: put some into an archive."


class TooManyVersions(Conflict):
    """A file has as many versions as it may have."""

    code = "too_many_versions"
    message = "The file has 1,000 versions: delete some first."


class TooManySnapshots(Conflict):
    """A file has as many snapshots as it may have."""

    code = "too_many_snapshots"
    message = "The file has 100 snapshots: delete some first."


class FileMissing(Invalid):
    """The form holds no file."""

    code = "file_missing"
    message = "Send the file as the part `file` of the form, with a file name."


class FileTooLarge(TooLarge):
    """More bytes than a file may have."""

    code = "file_too_large"
    message = "The file is too large."
