"""Star and unstar songs, albums and artists; count plays."""

from collections.abc import Sequence
from contextlib import suppress
from uuid import UUID

from veza.core.access import Member
from veza.core.errors import VezaError
from veza.core.ids import ReleaseId, TrackId, UserId
from veza.core.listener_identity import ListenerIdentity
from veza.core.play_source import PlayClient, PlayReport, PlaySource
from veza.domains.music.library.service import releases
from veza.domains.music.tracks.service import track_likes, track_plays
from veza.domains.relationships import service as relationships
from veza.domains.subsonic.models.rows import ItemId, ItemKind
from veza.domains.subsonic.models.viewer import Viewer
from veza.domains.subsonic.service import songs
from veza.infra.postgres.database import Database

_SOURCE = PlaySource(PlayClient.SUBSONIC)


async def star(database: Database, viewer: Viewer, items: Sequence[ItemId]) -> None:
    """Like songs and albums, and follow artists; each in a transaction of its own."""
    for item in items:
        await _star(database, viewer.member, item)


async def unstar(database: Database, viewer: Viewer, items: Sequence[ItemId]) -> None:
    """Undo `star`; items that have no star are ignored."""
    for item in items:
        await _unstar(database, viewer.member, item)


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
        # It may have been hidden or deleted meanwhile.
        with suppress(VezaError):
            await _report_play(
                database, TrackId(track_id), PlayReport(float(song.duration)), listener
            )


async def count_played(
    database: Database, track_id: TrackId, position_ms: int, listener: ListenerIdentity
) -> None:
    """Count a play of a song that was stopped at a position, by the rule for all clients."""
    await _report_play(database, track_id, PlayReport(position_ms / 1000), listener)


async def _star(database: Database, member: Member, item: ItemId) -> None:
    match item.kind:
        case ItemKind.ARTIST:
            await database.transact(lambda tx: relationships.follow(tx, member, UserId(item.id)))
        case ItemKind.ALBUM:
            await database.transact(lambda tx: releases.like(tx, ReleaseId(item.id), member))
        case _:
            await track_likes.like_at_once(database, TrackId(item.id), member)


async def _unstar(database: Database, member: Member, item: ItemId) -> None:
    match item.kind:
        case ItemKind.ARTIST:
            await database.transact(lambda tx: relationships.unfollow(tx, member, UserId(item.id)))
        case ItemKind.ALBUM:
            await database.transact(lambda tx: releases.unlike(tx, ReleaseId(item.id), member))
        case _:
            await track_likes.unlike_at_once(database, TrackId(item.id), member)


async def _report_play(
    database: Database, track_id: TrackId, report: PlayReport, listener: ListenerIdentity
) -> None:
    await database.transact(
        lambda tx: track_plays.report_play(tx, track_id, report, listener, _SOURCE), recorded=False
    )
