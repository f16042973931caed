"""A play counts once per listener in half an hour."""

from datetime import timedelta

from veza.core.errors import Unauthenticated
from veza.core.ids import TrackId
from veza.core.listener_identity import ListenerIdentity
from veza.core.play_source import PlayReport, PlaySource
from veza.core.visibility import TrackStatus
from veza.domains.music.tracks import rules
from veza.domains.music.tracks.errors import TrackNotReady
from veza.domains.music.tracks.models.tracks import PlayState
from veza.domains.music.tracks.queries import plays
from veza.domains.music.tracks.service import visible_tracks
from veza.infra.postgres.database import ConstraintViolation, Tx

_PLAY_AGAIN_AFTER = timedelta(minutes=30)


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
        count = await plays.insert_play(
            tx,
            track_id,
            listener,
            source,
            again_after=_PLAY_AGAIN_AFTER,
        )
    except ConstraintViolation as error:
        if error.constraint in {"track_plays_user_id_fkey", "track_history_user_id_fkey"}:
            # The account was deleted after the token was issued.
            raise Unauthenticated from error
        raise
    if count is None:
        return PlayState(counted=False, plays_count=track.plays_count)
    return PlayState(counted=True, plays_count=count)
