"""Ratings, the play queue, bookmarks, and what is playing, by the use cases of `music/library`."""

from collections.abc import Sequence
from uuid import UUID

from msgspec import Struct, structs

from veza.core.clock import now
from veza.core.errors import Invalid, required
from veza.core.ids import ReleaseId, TrackId, UserId
from veza.domains.music.library import rules as library_rules
from veza.domains.music.library.models import BookmarkForm, QueueForm, StoredPlayback
from veza.domains.music.library.service import artists, bookmarks, queues, ratings, releases
from veza.domains.music.library.service.now_playing import NowPlayingStore
from veza.domains.subsonic.errors import ItemNotFound
from veza.domains.subsonic.models.rows import ItemId, ItemKind
from veza.domains.subsonic.models.shown import Song
from veza.domains.subsonic.models.system import (
    NowPlayingSong,
    PlayerBookmark,
    PlayerBookmarks,
    PlayerQueue,
    PlayersNow,
)
from veza.domains.subsonic.models.viewer import Viewer
from veza.domains.subsonic.queries import members
from veza.domains.subsonic.rules.ids import write_id
from veza.domains.subsonic.service import songs
from veza.infra.postgres.database import Conn, Database, Tx

_MAX_POSITION_MS = 2**31 - 1


class SavedQueue(Struct, frozen=True):
    """A play queue to save. The current song is named by its id or by its index."""

    track_ids: Sequence[UUID]
    position_ms: int
    device: str
    current_id: UUID | None = None
    current_index: int | None = None


async def set_rating(tx: Tx, viewer: Viewer, item: ItemId, rating: int) -> None:
    """Rate a song, an album or an artist from 1 to 5; 0 removes the rating. Raises Invalid."""
    if not 0 <= rating <= 5:
        raise Invalid("A rating is a number from 0 to 5.")
    member = viewer.member
    match item.kind, rating:
        case ItemKind.ARTIST, 0:
            await artists.remove_rating(tx, UserId(item.id), member)
        case ItemKind.ARTIST, _:
            await artists.rate(tx, UserId(item.id), member, rating)
        case ItemKind.ALBUM, 0:
            await releases.remove_rating(tx, ReleaseId(item.id), member)
        case ItemKind.ALBUM, _:
            await releases.rate(tx, ReleaseId(item.id), member, rating)
        case _, 0:
            await ratings.remove_rating(tx, TrackId(item.id), member)
        case _:
            await ratings.rate(tx, TrackId(item.id), member, rating)


async def get_queue(conn: Conn, viewer: Viewer, *, by_index: bool) -> PlayerQueue:
    """Return the play queue, without songs that were hidden or deleted."""
    queue = await queues.find_queue(conn, viewer.member)
    if not queue.track_ids or queue.changed_at is None:
        # A queue that was never saved is as old as the account.
        changed = queue.changed_at or await members.find_joined_at(conn, viewer.id)
        return PlayerQueue(
            position=0,
            username=viewer.username,
            changed=required(changed, ItemNotFound),
            changed_by=queue.device or "",
            entry=[],
        )
    entries = await songs.list_in_order(conn, viewer, queue.track_ids)
    index = queue.current_index or 0
    current = write_id(ItemKind.TRACK, queue.track_ids[index])
    known = {entry.id for entry in entries}
    before = sum(write_id(ItemKind.TRACK, one) in known for one in queue.track_ids[:index])
    is_there = before < len(entries) and entries[before].id == current
    shown = PlayerQueue(
        position=queue.position_ms if is_there else 0,
        username=viewer.username,
        changed=queue.changed_at,
        changed_by=queue.device or "",
        entry=entries,
    )
    if by_index:
        return structs.replace(shown, current_index=min(before, max(0, len(entries) - 1)))
    return structs.replace(shown, current=current if is_there else None)


async def save_queue(tx: Tx, viewer: Viewer, saved: SavedQueue) -> None:
    """Replace the play queue. A long one is cut around the current song."""
    track_ids = [TrackId(track_id) for track_id in saved.track_ids]
    index = saved.current_index
    if index is None:
        places = (at for at, one in enumerate(track_ids) if one == saved.current_id)
        index = next(places, 0)
    if not track_ids:
        form = QueueForm([], saved.device, None)
    elif index >= len(track_ids):
        raise Invalid("The index of the current song is too high.")
    else:
        track_ids, index = library_rules.fit_queue(track_ids, index)
        position_ms = min(saved.position_ms, _MAX_POSITION_MS)
        form = QueueForm(track_ids, saved.device, None, index, position_ms)
    await queues.save_queue(tx, viewer.member, form)


async def list_bookmarks(conn: Conn, viewer: Viewer) -> PlayerBookmarks:
    """Return the bookmarks in songs that the member may play."""
    stored = await bookmarks.find_bookmarks(conn, viewer.member)
    found = await songs.list_in_order(conn, viewer, [one.track_id for one in stored])
    by_id = {song.id: song for song in found}
    shown: list[PlayerBookmark] = []
    for bookmark in stored:
        song = by_id.get(write_id(ItemKind.TRACK, bookmark.track_id))
        if song is not None:
            shown.append(
                PlayerBookmark(
                    position=bookmark.position_ms,
                    username=viewer.username,
                    comment=bookmark.comment,
                    created=bookmark.created_at,
                    changed=bookmark.updated_at,
                    entry=song,
                )
            )
    return PlayerBookmarks(bookmark=shown)


async def create_bookmark(
    tx: Tx, viewer: Viewer, track_id: UUID, position_ms: int, comment: str
) -> None:
    """Set the bookmark of a song."""
    form = BookmarkForm(min(position_ms, _MAX_POSITION_MS), comment[:1000])
    await bookmarks.save_bookmark(tx, TrackId(track_id), viewer.member, form)


async def delete_bookmark(tx: Tx, viewer: Viewer, track_id: UUID) -> None:
    """Delete the bookmark of a song."""
    await bookmarks.delete_bookmark(tx, TrackId(track_id), viewer.member)


async def list_now_playing(
    database: Database, store: NowPlayingStore, viewer: Viewer
) -> PlayersNow:
    """Return what the member plays now on their devices; not what others play."""
    found = await store.list_playbacks(viewer.member)
    async with database.read() as conn:
        listed = await songs.list_in_order(conn, viewer, [one.track_id for one in found])
    by_id = {song.id: song for song in listed}
    entries = [
        _show_playing(by_id[song_id], viewer.username, playback, number)
        for number, playback in enumerate(found, 1)
        if (song_id := write_id(ItemKind.TRACK, playback.track_id)) in by_id
    ]
    return PlayersNow(entry=entries)


def _show_playing(
    song: Song, username: str, playback: StoredPlayback, number: int
) -> NowPlayingSong:
    fields = {name: getattr(song, name) for name in Song.__struct_fields__}
    moment = now()
    return NowPlayingSong(
        **fields,
        username=username,
        minutes_ago=max(0, int((moment - playback.reported_at).total_seconds()) // 60),
        player_id=number,
        player_name=playback.device,
        state=playback.state,
        position_ms=library_rules.position_at(playback, moment),
        playback_rate=playback.playback_rate,
    )
