"""Refusals of uploads: quota, wrong offset or checksum, taken over, expired, damaged."""

from veza.core.errors import (
    ChecksumMismatch,
    Conflict,
    FieldError,
    Forbidden,
    Invalid,
    NotFound,
    TooLarge,
    TooManyRequests,
)


class QuotaExceeded(TooLarge):
    """The file doesn't fit into the quota; `left_bytes` is how much would."""

    code = "quota_exceeded"
    message = "You have no storage left for this file: delete some files first."

    def __init__(self, left_bytes: int = 0) -> None:
        super().__init__(details=[FieldError("file", f"{left_bytes} bytes are left.")])
        self.left_bytes = left_bytes


class QuotaOfObjectsExceeded(TooLarge):
    """The member has the maximum number of objects of this kind."""

    code = "quota_of_objects_exceeded"
    message = "You have as many of these as you may keep: delete some first."

    def __init__(self, max_objects: int = 0) -> None:
        super().__init__(details=[FieldError("file", f"0 of {max_objects} are left.")])


class TooManyUploads(TooManyRequests):
    """The member has the maximum number of uploads in progress."""

    code = "too_many_uploads"
    message = "You have too many uploads in progress: wait until one of them ends."


class UploadExpired(Conflict):
    """The upload took too long, and the received files are deleted."""

    code = "upload_expired"
    message = "The upload took more than a day: send the file again."


class UploadNotFound(NotFound):
    """There is no such upload of the caller, or it has expired."""

    code = "upload_not_found"
    message = "There is no such upload, or it has expired: begin a new one."


class UnknownPurpose(Invalid):
    """The metadata of an upload names no purpose, or an unknown one."""

    code = "unknown_purpose"
    message = "Say in Upload-Metadata what the file is for: `purpose`, in base64."


class BadMetadata(Invalid):
    """The metadata of an upload can't be read, or are too long."""

    code = "bad_metadata"
    message = "Send Upload-Metadata as `name base64,name base64`: UTF-8 in base64, at most 16 KiB."


class FilenameMissing(Invalid):
    """The metadata of an upload have no file name."""

    code = "filename_missing"
    message = "Say in Upload-Metadata how the file is called: `filename`, in base64."


class UploadDamaged(Conflict):
    """The storage lost something that had arrived, as after an older state was restored."""

    code = "upload_damaged"
    message = "A part of this upload was lost by the server: send the file again."


class WrongOffset(Conflict):
    """The bytes don't begin where the upload ends so far."""

    code = "wrong_offset"
    message = "The upload has another length by now: ask for it with HEAD, and continue from there."


class UploadTakenOver(Conflict):
    """A later request continues the upload, or it was ended."""

    code = "upload_taken_over"
    message = "Another request continues this upload: ask for its length with HEAD."


class UploadEnded(Forbidden):
    """The upload takes no more bytes."""

    code = "upload_ended"
    message = "This upload takes no more bytes: begin a new one."


class TooManyBytes(TooLarge):
    """More bytes arrive than the upload has."""

    code = "too_many_bytes"
    message = "The upload is shorter than that: send no more bytes than Upload-Length announced."


class LengthFixed(Invalid):
    """The length of the upload is another one, or more has arrived than that."""

    code = "length_fixed"
    message = "The upload has another length, or is longer already: `HEAD` tells it."


class ResumableTooLarge(TooLarge):
    """The file is longer than files for this purpose may be."""

    code = "file_too_large"
    message = "The file is too large for this purpose."


class ChunksTooSmall(TooManyRequests):
    """The upload came in too many small pieces."""

    code = "chunks_too_small"
    message = "This upload came in too many small pieces: begin a new one, with larger chunks."


class WrongChecksum(ChecksumMismatch):
    """The bytes that arrived are not those of which the client sent the checksum."""

    code = "wrong_checksum"
    message = "The bytes arrived damaged, and were discarded: send them again."


class PartsUnfinished(Invalid):
    """Parts of a final upload are unknown, unfinished, for another purpose, or used already."""

    code = "parts_unfinished"
    message = "Name parts of yours that are finished, for the same purpose, each once."


# What every upload may be refused for.
UPLOAD_ERRORS = (QuotaExceeded, QuotaOfObjectsExceeded, TooManyUploads, UploadExpired)
