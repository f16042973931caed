"""What can be refused in this domain."""

from veza.core.errors import (
    Forbidden,
    Invalid,
    NotFound,
    TooLarge,
    TooMany,
    WrongMediaType,
)


class CoverNotFound(NotFound):
    """The track has no cover."""

    code = "cover_not_found"
    message = "This track has no cover."


class NotDownloadable(Forbidden):
    """The owner doesn't offer the file."""

    code = "not_downloadable"
    message = "This track is not offered for download."


class NotAudio(WrongMediaType):
    """The bytes are no audio that we take."""

    code = "not_audio"
    message = "The file is not MP3, FLAC, WAV, AIFF, Ogg Vorbis, Opus, M4A or AAC."


class NotImage(WrongMediaType):
    """The bytes are no picture that we take."""

    code = "not_image"
    message = "The cover is not a JPEG, PNG, WebP or GIF that can be read."


class FileTooLarge(TooLarge):
    """More bytes than a track or cover may have."""

    code = "file_too_large"
    message = "The file is too large."


class FileMissing(Invalid):
    """The form holds no audio file."""

    code = "file_missing"
    message = "Send the audio as the part `file` of the form, with a file name."


class EmptyFile(Invalid):
    """The audio file has no bytes."""

    code = "empty_file"
    message = "The audio file is empty."


class TooManyInProcessing(TooMany):
    """As many tracks of the member wait to be processed as may."""

    code = "too_many_in_processing"
    message = "Too many of your tracks are still being processed: wait until some are ready."
