"""Playlists, stars, ratings, plays, the queue and bookmarks, as players change them."""

import re

from veza.core.activities import Activity
from veza.core.errors import Invalid
from veza.core.ids import PlaylistId, TrackId
from veza.core.profiles import Right
from veza.domains.music.library.models import PlaybackReport, PlaybackState
from veza.domains.music.library.service import now_playing
from veza.domains.music.library.service.now_playing import NowPlayingStore
from veza.domains.subsonic.errors import ParameterMissing
from veza.domains.subsonic.models.rows import ItemId, ItemKind
from veza.domains.subsonic.routes.call import Answered, Call, Endpoint
from veza.domains.subsonic.rules.ids import read_id
from veza.domains.subsonic.service import annotations, library, playlists
from veza.domains.subsonic.service.library import SavedQueue
from veza.domains.subsonic.service.playlists import PlaylistUpdate
from veza.http.dependencies import listener_of
from veza.http.expensive import SEARCH

_MAX_AT_ONCE = 500
_MAX_POSITION_MS = 2**31 - 1
_RATE = re.compile(r"[0-9]{1,3}(\.[0-9]{1,10})?", re.ASCII)
_MIN_RATE, _MAX_RATE = 0.1, 10


async def get_playlists(call: Call) -> Answered:
    """Return the playlists that the member owns or edits, and public ones of others."""
    async with call.reading() as conn:
        return await playlists.list_playlists(conn, call.viewer)


async def get_playlist(call: Call) -> Answered:
    """Return a playlist and its songs."""
    async with call.reading() as conn:
        return await playlists.get_playlist(conn, call.viewer, _playlist(call, "id"))


async def create_playlist(call: Call) -> Answered:
    """Create a playlist, or replace the songs of one."""
    await call.count(Activity.EDIT)
    given = call.parameters
    track_ids = given.tracks("songId")
    viewer = call.viewer
    if given.find("playlistId") is None:
        title = given.text("name")
        return await call.change(lambda tx: playlists.create_playlist(tx, viewer, title, track_ids))
    playlist, name = _playlist(call, "playlistId"), given.find("name")
    return await call.change(
        lambda tx: playlists.replace_songs(tx, viewer, playlist, name, track_ids)
    )


async def update_playlist(call: Call) -> Answered:
    """Change a playlist: its name, its songs, and who may see it."""
    await call.count(Activity.EDIT)
    given = call.parameters
    update = PlaylistUpdate(
        name=given.find("name"),
        comment=given.find("comment"),
        is_public=given.flag("public"),
        added=given.tracks("songIdToAdd"),
        removed_indexes=given.numbers("songIndexToRemove"),
    )
    playlist = _playlist(call, "playlistId")
    await call.change(lambda tx: playlists.update_playlist(tx, call.viewer, playlist, update))


async def delete_playlist(call: Call) -> Answered:
    """Delete a playlist."""
    playlist = _playlist(call, "id")
    await call.change(lambda tx: playlists.delete_playlist(tx, call.viewer, playlist))


async def star(call: Call) -> Answered:
    """Like songs and albums, follow artists."""
    items = _read_items(call)
    for item in items:
        is_artist = item.kind is ItemKind.ARTIST
        await call.count(Activity.FOLLOW if is_artist else Activity.REACTION)
    await annotations.star(call.database, call.viewer, items)


async def unstar(call: Call) -> Answered:
    """Undo `star`."""
    await annotations.unstar(call.database, call.viewer, _read_items(call))


async def set_rating(call: Call) -> Answered:
    """Rate a song, an album or an artist."""
    kinds = (ItemKind.TRACK, ItemKind.SINGLE, ItemKind.ALBUM, ItemKind.ARTIST)
    item = read_id(call.parameters.text("id"), *kinds)
    rating = call.parameters.find_number("rating")
    if rating is None:
        raise ParameterMissing("The parameter `rating` is missing.")
    await call.change(lambda tx: library.set_rating(tx, call.viewer, item, rating))


async def scrobble(call: Call) -> Answered:
    """Count plays, or note what is playing."""
    call.parameters.text("id")
    track_ids = call.parameters.tracks("id")[:_MAX_AT_ONCE]
    if call.parameters.flag("submission") is False:
        report = PlaybackReport(TrackId(track_ids[0]), _device(call))
        await _report(call, report)
        return
    await annotations.scrobble(call.database, call.viewer, track_ids, listener_of(call.request))


async def report_playback(call: Call) -> Answered:
    """Note what a player is doing; count a play when it stops, as `scrobble` does."""
    given = call.parameters
    track_id = call.track_id("mediaId")
    state = given.text("state")
    given.text("positionMs")
    position_ms = given.number("positionMs", 0, most=_MAX_POSITION_MS)
    if state not in set(PlaybackState):
        raise Invalid("There is no such state.")
    report = PlaybackReport(
        TrackId(track_id), _device(call), position_ms, PlaybackState(state), _rate(call)
    )
    await _report(call, report)
    if report.state is PlaybackState.STOPPED and given.flag("ignoreScrobble") is not True:
        listener = listener_of(call.request)
        await annotations.count_played(call.database, report.track_id, position_ms, listener)


async def get_now_playing(call: Call) -> Answered:
    """Return what the member plays now: it is nobody else's business."""
    return await library.list_now_playing(call.database, call.find(NowPlayingStore), call.viewer)


async def get_queue(call: Call) -> Answered:
    """Return the play queue, the current song by its id."""
    async with call.reading() as conn:
        return await library.get_queue(conn, call.viewer, by_index=False)


async def get_queue_by_index(call: Call) -> Answered:
    """Return the play queue, the current song by its index."""
    async with call.reading() as conn:
        return await library.get_queue(conn, call.viewer, by_index=True)


async def save_queue(call: Call) -> Answered:
    """Save the play queue, the current song by its id."""
    given = call.parameters
    current = given.find("current")
    saved = SavedQueue(
        given.tracks("id"),
        given.number("position", 0),
        _device(call),
        current_id=call.track_id("current") if current else None,
    )
    await _save(call, saved)


async def save_queue_by_index(call: Call) -> Answered:
    """Save the play queue, the current song by its index."""
    given = call.parameters
    saved = SavedQueue(
        given.tracks("id"),
        given.number("position", 0),
        _device(call),
        current_index=given.number("currentIndex", 0),
    )
    await _save(call, saved)


async def get_bookmarks(call: Call) -> Answered:
    """Return the bookmarks."""
    async with call.reading() as conn:
        return await library.list_bookmarks(conn, call.viewer)


async def create_bookmark(call: Call) -> Answered:
    """Set the bookmark of a song."""
    track_id = call.track_id()
    call.parameters.text("position")
    position_ms = call.parameters.number("position", 0)
    comment = call.parameters.find("comment") or ""
    await call.change(
        lambda tx: library.create_bookmark(tx, call.viewer, track_id, position_ms, comment)
    )


async def delete_bookmark(call: Call) -> Answered:
    """Delete the bookmark of a song."""
    track_id = call.track_id()
    await call.change(lambda tx: library.delete_bookmark(tx, call.viewer, track_id))


async def _save(call: Call, queue: SavedQueue) -> None:
    await call.change(lambda tx: library.save_queue(tx, call.viewer, queue), recorded=False)


async def _report(call: Call, report: PlaybackReport) -> None:
    store = call.find(NowPlayingStore)
    await now_playing.report_playback(call.database, store, call.viewer.member, report)


def _playlist(call: Call, name: str) -> PlaylistId:
    return PlaylistId(call.item_id(ItemKind.PLAYLIST, name))


def _rate(call: Call) -> float:
    """Return the speed of a player: 1 unless it says so. Raises Invalid."""
    given = call.parameters.find("playbackRate") or "1"
    if not _RATE.fullmatch(given) or not _MIN_RATE <= float(given) <= _MAX_RATE:
        raise Invalid(f"The parameter `playbackRate` is a number from {_MIN_RATE} to {_MAX_RATE}.")
    return float(given)


def _device(call: Call) -> str:
    """Return the name of the player: the parameter `c`."""
    return " ".join((call.parameters.find("c") or "").split())[:100] or "player"


def _read_items(call: Call) -> list[ItemId]:
    """Return what is to be starred. Raises ParameterMissing and ItemNotFound."""
    kinds = {
        # Players that browse folders name albums and artists by `id` too.
        "id": (ItemKind.TRACK, ItemKind.SINGLE, ItemKind.ALBUM, ItemKind.ARTIST),
        "albumId": (ItemKind.SINGLE, ItemKind.ALBUM),
        "artistId": (ItemKind.ARTIST,),
    }
    values = call.parameters.values
    items = [
        read_id(text, *wanted) for name, wanted in kinds.items() for text in values.get(name, ())
    ]
    if not items:
        raise ParameterMissing("The parameter `id` is missing.")
    if len(items) > _MAX_AT_ONCE:
        raise Invalid("There are too many ids.")
    return list(dict.fromkeys(items))


ENDPOINTS = {
    "getPlaylists": Endpoint(get_playlists, "playlists", expensive=SEARCH),
    "getPlaylist": Endpoint(get_playlist, "playlist", expensive=SEARCH),
    "createPlaylist": Endpoint(create_playlist, "playlist", is_change=True, right=Right.PUBLISH),
    "updatePlaylist": Endpoint(update_playlist, is_change=True, right=Right.PUBLISH),
    "deletePlaylist": Endpoint(delete_playlist, is_change=True, goes_on=True, right=Right.PUBLISH),
    "star": Endpoint(star, is_change=True, right=Right.SPEAK),
    "unstar": Endpoint(unstar, is_change=True, goes_on=True, right=Right.SPEAK),
    "setRating": Endpoint(set_rating, is_change=True, right=Right.SPEAK),
    "scrobble": Endpoint(scrobble, is_change=True, goes_on=True),
    "reportPlayback": Endpoint(report_playback, is_change=True, goes_on=True),
    "getNowPlaying": Endpoint(get_now_playing, "nowPlaying"),
    "getPlayQueue": Endpoint(get_queue, "playQueue", expensive=SEARCH),
    "getPlayQueueByIndex": Endpoint(get_queue_by_index, "playQueueByIndex", expensive=SEARCH),
    "savePlayQueue": Endpoint(save_queue, is_change=True, goes_on=True),
    "savePlayQueueByIndex": Endpoint(save_queue_by_index, is_change=True, goes_on=True),
    "getBookmarks": Endpoint(get_bookmarks, "bookmarks", expensive=SEARCH),
    "createBookmark": Endpoint(create_bookmark, is_change=True),
    "deleteBookmark": Endpoint(delete_bookmark, is_change=True, goes_on=True),
}
