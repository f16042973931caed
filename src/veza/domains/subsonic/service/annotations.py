"""Star and unstar songs, albums and artists; count plays."""

from collections.abc import Sequence
from uuid import UUID

from veza.core.errors import VezaError
from veza.core.ids import ReleaseId, TrackId, UserId
from veza.core.listener_identity import ListenerIdentity
from veza.core.play_source import PlayClient, PlayReport, PlaySource
from veza.domains.music.library.service import releases
from veza.domains.music.tracks import service as tracks
from veza.domains.relationships import service as relationships
from veza.domains.subsonic.models.rows import ItemId, ItemKind
from veza.domains.subsonic.models.viewer import Viewer
from veza.domains.subsonic.service import songs
from veza.infra.postgres.database import Database

_SOURCE = PlaySource(PlayClient.SUBSONIC)


async def star(database: Database, viewer: Viewer, items: Sequence[ItemId]) -> None:
    """Like songs and albums, and follow artists; each in a transaction of its own."""
    for item in items:
        match item.kind:
            case ItemKind.ARTIST:
                async with database.transaction() as tx:
                    await relationships.follow(tx, viewer.member, UserId(item.id))
            case ItemKind.ALBUM:
                async with database.transaction() as tx:
                    await releases.like(tx, ReleaseId(item.id), viewer.member)
            case _:
                await tracks.like_at_once(database, TrackId(item.id), viewer.member)


async def unstar(database: Database, viewer: Viewer, items: Sequence[ItemId]) -> None:
    """Undo `star`; items that have no star are ignored."""
    for item in items:
        match item.kind:
            case ItemKind.ARTIST:
                async with database.transaction() as tx:
                    await relationships.unfollow(tx, viewer.member, UserId(item.id))
            case ItemKind.ALBUM:
                async with database.transaction() as tx:
                    await releases.unlike(tx, ReleaseId(item.id), viewer.member)
            case _:
                await tracks.unlike_at_once(database, TrackId(item.id), viewer.member)


async def scrobble(
    database: Database, viewer: Viewer, track_ids: Sequence[UUID], listener: ListenerIdentity
) -> None:
    """Count plays, by the rule that holds for all clients. Unknown songs are skipped.

    A player reports a song when it was played to an end that counts, so the whole length is taken.
    """
    async with database.read() as conn:
        known = {song.id: song for song in await songs.list_in_order(conn, viewer, track_ids)}
    for track_id in dict.fromkeys(track_ids):
        song = known.get(f"{ItemKind.TRACK}-{track_id}")
        if song is None:
            continue
        report = PlayReport(float(song.duration))
        try:
            async with database.transaction(recorded=False) as tx:
                await tracks.report_play(tx, TrackId(track_id), report, listener, _SOURCE)
        except VezaError:
            # It was hidden or deleted meanwhile.
            continue
