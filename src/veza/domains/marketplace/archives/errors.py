"""Refuses archives that are empty, in process, too large, or not lossless."""

from veza.core.errors import Conflict, NotFound, TooLarge, TooManyRequests


class ArchiveNotFound(NotFound):
    """The archive does not exist, or the link or the right to it has ended."""

    code = "archive_not_found"
    message = "This archive does not exist, or its link has expired: ask for it again."


class ReleaseEmpty(Conflict):
    """The release has no track that can be downloaded."""

    code = "release_empty"
    message = "This release has no tracks to download."


class ReleaseInProcessing(Conflict):
    """Some tracks of the release are still being processed."""

    code = "release_in_processing"
    message = "Tracks of this release are still being processed: try again in a few minutes."


class NotLossless(Conflict):
    """A lossless format is offered only if all originals are lossless."""

    code = "not_lossless"
    message = (
        "This release has tracks that were uploaded in a lossy format, so it is not offered as "
        "FLAC: choose `original` for the files as they were uploaded."
    )


class ArchiveTooLarge(TooLarge):
    """The archive would exceed the space for archives, or take very long to convert."""

    code = "archive_too_large"
    message = "This release is too large or too long for one archive in this format."


class TooManyArchives(TooManyRequests):
    """The member waits for as many archives as one may wait for."""

    code = "too_many_archives"
    message = "You are waiting for many archives already: try again when some are ready."
