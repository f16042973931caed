"""Refuses files that are no audio or no picture, too large, or too many in process."""

from veza.core.errors import (
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    TooLarge,
    TooManyRequests,
    WrongMediaType,
)


class CoverNotFound(NotFound):
    """The track has no cover."""

    code = "cover_not_found"
    message = "This track has no cover."


class NotDownloadable(Forbidden):
    """The owner doesn't offer the original file."""

    code = "not_downloadable"
    message = "This track is not offered for download."


class NotAudio(WrongMediaType):
    """The file is not audio of a supported format."""

    code = "not_audio"
    message = "The file is not MP3, FLAC, WAV, AIFF, Ogg Vorbis, Opus, M4A or AAC."


class NotImage(WrongMediaType):
    """The cover is not a picture of a supported format."""

    code = "not_image"
    message = "The cover is not a JPEG, PNG, WebP or GIF that can be read."


class AudioFileTooLarge(TooLarge):
    """The audio file or the cover has too many bytes."""

    code = "file_too_large"
    message = "The file is too large."


class AudioFileMissing(Invalid):
    """The form has no audio file."""

    code = "file_missing"
    message = "Send the audio as the part `file` of the form, with a file name."


class EmptyFile(Invalid):
    """The audio file has no bytes."""

    code = "empty_file"
    message = "The audio file is empty."


class TooManyInProcessing(TooManyRequests):
    """The member has the maximum number of tracks that wait to be processed."""

    code = "too_many_in_processing"
    message = "Too many of your tracks are still being processed: wait until some are ready."


class FailedTrackNotFound(NotFound):
    """No such track has failed."""

    code = "failed_track_not_found"
    message = "No such track has failed: it may be processed again already, or deleted."


class OriginalGone(Conflict):
    """The uploaded file of a failed track is not kept any more."""

    code = "original_gone"
    message = "The uploaded file is not kept any more: the track's owner has to upload it again."


class TrackStillProcessed(Conflict):
    """The job of the last attempt has not ended."""

    code = "track_still_processed"
    message = "The last attempt has not ended yet: try again in a minute."
