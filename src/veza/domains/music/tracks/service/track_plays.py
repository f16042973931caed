"""A play counts once per listener in half an hour, also if it is reported later."""

from datetime import datetime, timedelta

from veza.core.clock import now
from veza.core.errors import FieldError, Invalid, Unauthenticated
from veza.core.ids import TrackId
from veza.core.listener_identity import ListenerIdentity
from veza.core.play_source import PlayReport, PlaySource
from veza.core.visibility import TrackStatus
from veza.domains.music.tracks import rules
from veza.domains.music.tracks.errors import TrackNotReady
from veza.domains.music.tracks.models.tracks import PlayState
from veza.domains.music.tracks.queries import late_plays, plays
from veza.domains.music.tracks.service import visible_tracks
from veza.infra.postgres.database import ConstraintViolation, Tx

_PLAY_AGAIN_AFTER = timedelta(minutes=30)
# The maximum age of a play that is reported late, and the tolerance for wrong clocks.
LATE_WITHIN = timedelta(days=14)
_CLOCKS_DIFFER_BY = timedelta(minutes=5)
# They fail if the account was deleted after the token was issued.
_OF_MEMBERS = {
    *("track_plays_user_id_fkey", "track_history_user_id_fkey", "late_plays_user_id_fkey"),
}


async def report_play(
    tx: Tx,
    track_id: TrackId,
    report: PlayReport,
    listener: ListenerIdentity,
    source: PlaySource,
) -> PlayState:
    """Count a play, once per listener and track in half an hour, and add it to their history.

    The same rule holds for all clients. At most `MAX_LISTENERS_OF_A_NETWORK` listeners of a network
    are counted in that time.
    """
    track = await visible_tracks.lock_visible(tx, track_id, listener.user_id)
    if track.status is not TrackStatus.READY or track.duration_ms is None:
        raise TrackNotReady
    if not rules.is_play(report.listened_seconds, track.duration_ms):
        return PlayState(counted=False, plays_count=track.plays_count)
    try:
        if report.played_at is None:
            count = await plays.insert_play(
                tx, track_id, listener, source, again_after=_PLAY_AGAIN_AFTER
            )
        else:
            count = await _count_late(tx, track_id, listener, source, played_at=report.played_at)
    except ConstraintViolation as error:
        if error.constraint in _OF_MEMBERS:
            # The account was deleted after the token was issued.
            raise Unauthenticated from error
        raise
    if count is None:
        return PlayState(counted=False, plays_count=track.plays_count)
    return PlayState(counted=True, plays_count=count)


async def _count_late(
    tx: Tx,
    track_id: TrackId,
    listener: ListenerIdentity,
    source: PlaySource,
    *,
    played_at: datetime,
) -> int | None:
    """Count a play of a member at an earlier time; return the count, None if it isn't counted."""
    moment = now()
    if played_at > moment + _CLOCKS_DIFFER_BY:
        raise Invalid(details=[FieldError("played_at", "This is in the future.")])
    if listener.user_id is None or played_at < moment - LATE_WITHIN:
        return None
    return await late_plays.insert_late_play(
        tx,
        late_plays.LatePlay(track_id, min(played_at, moment)),
        listener,
        source,
        again_after=_PLAY_AGAIN_AFTER,
    )
