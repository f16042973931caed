"""Announces an invitation to edit a playlist, and its acceptance."""

from msgspec import Struct

from veza.core.ids import PlaylistId, UserId


class PlaylistEditorInvited(Struct, frozen=True):
    """The owner of a playlist invited a member to edit it."""

    playlist_id: PlaylistId
    owner_id: UserId
    invited_id: UserId


class PlaylistInvitationAccepted(Struct, frozen=True):
    """A member accepted the invitation to edit a playlist."""

    playlist_id: PlaylistId
    owner_id: UserId
    editor_id: UserId
