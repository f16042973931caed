"""Refusals of playlists: owner and editors, smart and ordinary ones, limits, file formats."""

from veza.core.errors import Conflict, Forbidden, Invalid, NotFound, TooLarge, WrongMediaType


class PlaylistNotFound(NotFound):
    """There is no such playlist, or the caller may not see it."""

    code = "playlist_not_found"
    message = "This playlist doesn't exist. It may have been deleted, or be private."


class PlaylistCoverNotFound(NotFound):
    """Neither the playlist nor its first tracks have a cover."""

    code = "playlist_cover_not_found"
    message = "This playlist has no cover."


class PlaylistShareNotFound(NotFound):
    """The caller has no such link."""

    code = "playlist_share_not_found"
    message = "You have no such link. It may have been deleted."


class NothingToShare(Invalid):
    """None of the tracks can be heard by those who get the link."""

    code = "nothing_to_share"
    message = "Only public and unlisted tracks can be shared: make the tracks unlisted first."


class NotYourPlaylist(Forbidden):
    """Only the owner may do this."""

    code = "not_your_playlist"
    message = "Only the owner of the playlist can do this."


class NotAnEditor(Forbidden):
    """Only the owner and accepted editors may change the entries."""

    code = "not_an_editor"
    message = "You can't edit this playlist: ask its owner to invite you."


class SmartPlaylist(Conflict):
    """The tracks of a smart playlist follow its rules: nobody adds, moves or removes them."""

    code = "smart_playlist"
    message = "The tracks of a smart playlist follow its rules: change the rules instead."


class NotSmart(Conflict):
    """An ordinary playlist has no rules."""

    code = "not_a_smart_playlist"
    message = "This playlist isn't smart: create another one to use rules."


class EntryNotFound(NotFound):
    """The playlist has no such entry."""

    code = "playlist_entry_not_found"
    message = "The playlist has no such entry. It may have been removed: load the playlist again."


class TooManyPlaylists(Conflict):
    """The member has the maximum number of playlists."""

    code = "too_many_playlists"
    message = "You have 1,000 playlists, the maximum: delete some first."


class PlaylistFull(Conflict):
    """The playlist has the maximum number of entries."""

    code = "playlist_full"
    message = "A playlist has at most 10,000 tracks: remove some, or start another playlist."


class TooManyEditors(Conflict):
    """The playlist has the maximum number of editors and invitations."""

    code = "too_many_playlist_editors"
    message = "A playlist has at most 100 editors: remove some first."


class EditorNotFound(NotFound):
    """The member is neither an editor of the playlist nor invited."""

    code = "playlist_editor_not_found"
    message = "This member is not an editor of the playlist, and not invited."


class CannotInvite(Forbidden):
    """The caller cannot invite this member: themself, or there is a block between them."""

    code = "cannot_invite"
    message = "You can't invite this member."


class UnreadablePlaylist(Invalid):
    """The file is not a playlist in the format that its type names."""

    code = "unreadable_playlist"
    message = "The file can't be read as a playlist. Check that it is complete."


class WrongPlaylistFormat(WrongMediaType):
    """The type of the body is none of the formats that can be imported."""

    code = "wrong_playlist_format"
    message = (
        "Send M3U (audio/x-mpegurl), XSPF (application/xspf+xml) or JSPF (application/jspf+json)."
    )


class PlaylistFileTooLarge(TooLarge):
    """The file has more bytes, or more tracks, than a playlist may have."""

    code = "playlist_file_too_large"
    message = "A playlist file has at most 4 MiB and 10,000 tracks."
