"""Refusals of clips: missing, not yours, too many, too large, or of what is gone."""

from veza.core.errors import Conflict, Forbidden, NotFound


class ClipNotFound(NotFound):
    """The clip does not exist, or is not for the viewer."""

    code = "clip_not_found"
    message = "This clip does not exist."


class NotYourClip(Forbidden):
    """The caller neither made the clip nor owns its stream."""

    code = "not_your_clip"
    message = "Only who made this clip, or the owner of the stream, can delete it."


class NothingToClip(Conflict):
    """The window of the stream or its recording does not contain the moment."""

    code = "nothing_to_clip"
    message = "Nothing is kept of this moment: make a clip while the stream runs, or of its replay."


class ReplayNotPublic(Forbidden):
    """The replay is not public, and clips are seen by others than its listeners."""

    code = "replay_not_public"
    message = "This replay is not public: clips are made of what everybody may hear."


class ClipTooLarge(Conflict):
    """The seconds have more bytes than a clip may have."""

    code = "clip_too_large"
    message = "This clip is too large: choose fewer seconds."


class TooManyClips(Conflict):
    """The member or the stream has too many clips, or too large ones."""

    code = "too_many_clips"
    message = "There is no room for more clips, of you or of this stream: delete some first."
