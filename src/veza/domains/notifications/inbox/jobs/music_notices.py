"""Artists and editors are notified of likes, comments, invitations, tracks and recordings."""

from msgspec import structs

from veza.domains.music.library.events import ReleaseLiked
from veza.domains.music.playlists.events import PlaylistEditorInvited, PlaylistInvitationAccepted
from veza.domains.music.track_comments.events import TrackCommented, TrackCommentLiked
from veza.domains.music.tracks.events import TrackFailed, TrackLiked, TrackReady
from veza.domains.notifications.inbox.models import NewNotification
from veza.domains.notifications.inbox.queries import creation
from veza.domains.notifications.inbox.service import notify
from veza.domains.notifications.preferences import shared_queries as preference_queries
from veza.domains.notifications.preferences.models import NotificationKind
from veza.domains.replays.events import RecordingExpiring
from veza.infra.postgres.database import Tx


async def notify_of_track_like(tx: Tx, event: TrackLiked) -> None:
    """Notify an artist of a like of their track; it stays if the like is deleted."""
    if await creation.lock_subject(tx, "tracks", event.track_id):
        track_id = event.track_id
        notification = NewNotification(
            event.liker_id, NotificationKind.TRACK_LIKE, track_id, track_id=track_id
        )
        await notify(tx, notification, [event.owner_id])


async def notify_of_release_like(tx: Tx, event: ReleaseLiked) -> None:
    """Notify a member of a like of their release; it stays if the like is deleted."""
    if await creation.lock_subject(tx, "releases", event.release_id):
        release_id = event.release_id
        notification = NewNotification(
            event.liker_id, NotificationKind.RELEASE_LIKE, release_id, release_id=release_id
        )
        await notify(tx, notification, [event.owner_id])


async def notify_of_track_comment(tx: Tx, event: TrackCommented) -> None:
    """Notify the author replied to, then the artist, then the mentioned members."""
    is_open = await creation.lock_track_comment(tx, event.comment_id)
    if is_open is None:
        return
    owner = [event.owner_id]
    notification = NewNotification(
        event.author_id,
        NotificationKind.TRACK_COMMENT,
        event.comment_id,
        track_id=event.track_id,
        track_comment_id=event.comment_id,
    )
    if event.parent_author_id is not None and (is_open or event.parent_author_id in owner):
        reply = structs.replace(notification, kind=NotificationKind.REPLY)
        await notify(tx, reply, [event.parent_author_id], not_blocked_with=owner)
    await notify(tx, notification, owner)
    if is_open:
        mentioned = await preference_queries.list_by_name(tx, event.mentions)
        mention = structs.replace(notification, kind=NotificationKind.MENTION)
        await notify(tx, mention, mentioned, not_blocked_with=owner)


async def notify_of_comment_like(tx: Tx, event: TrackCommentLiked) -> None:
    """Notify the author of a comment of a like of it; it stays if the like is deleted."""
    is_open = await creation.lock_track_comment(tx, event.comment_id)
    owner = [event.owner_id]
    if is_open or (is_open is not None and event.author_id in owner):
        notification = NewNotification(
            event.liker_id,
            NotificationKind.COMMENT_LIKE,
            event.comment_id,
            track_id=event.track_id,
            track_comment_id=event.comment_id,
        )
        await notify(tx, notification, [event.author_id], not_blocked_with=owner)


async def notify_of_playlist_invitation(tx: Tx, event: PlaylistEditorInvited) -> None:
    """Notify a member of an invitation to edit a playlist, once for each playlist."""
    if await creation.lock_subject(tx, "playlists", event.playlist_id):
        notification = NewNotification(
            event.owner_id,
            NotificationKind.PLAYLIST_INVITATION,
            event.playlist_id,
            playlist_id=event.playlist_id,
        )
        await notify(tx, notification, [event.invited_id])


async def notify_of_playlist_editor(tx: Tx, event: PlaylistInvitationAccepted) -> None:
    """Notify the owner of a playlist that a member edits it now."""
    if await creation.lock_subject(tx, "playlists", event.playlist_id):
        notification = NewNotification(
            event.editor_id,
            NotificationKind.PLAYLIST_ACCEPTED,
            event.playlist_id,
            playlist_id=event.playlist_id,
        )
        await notify(tx, notification, [event.owner_id])


async def notify_of_ready_track(tx: Tx, event: TrackReady) -> None:
    """Notify an artist that their track can be played."""
    if await creation.lock_subject(tx, "tracks", event.track_id):
        notification = NewNotification(
            None, NotificationKind.TRACK_READY, event.track_id, track_id=event.track_id
        )
        await notify(tx, notification, [event.owner_id])


async def notify_of_failed_track(tx: Tx, event: TrackFailed) -> None:
    """Notify an artist that their track could not be processed."""
    if await creation.lock_subject(tx, "tracks", event.track_id):
        notification = NewNotification(
            None, NotificationKind.TRACK_FAILED, event.track_id, track_id=event.track_id
        )
        await notify(tx, notification, [event.owner_id])


async def notify_of_expiring_recording(tx: Tx, event: RecordingExpiring) -> None:
    """Notify a member that a recording of theirs is deleted soon, unless it is gone already."""
    stream_id, recording_id = event.stream_id, event.recording_id
    is_there = await creation.lock_subject(tx, "streams", stream_id)
    if is_there and await creation.lock_subject(tx, "stream_recordings", recording_id):
        kind = NotificationKind.RECORDING_EXPIRING
        notification = NewNotification(None, kind, recording_id, stream_id=stream_id)
        await notify(tx, notification, [event.owner_id])
