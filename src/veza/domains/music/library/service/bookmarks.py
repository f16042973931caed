"""A member has one bookmark in each track, at a position and with a comment."""

from veza.core.access import Member
from veza.core.ids import TrackId
from veza.core.signed_urls import UrlBuilder
from veza.domains.music.library import rules
from veza.domains.music.library.errors import TooManyBookmarks
from veza.domains.music.library.models import (
    MAX_BOOKMARKS,
    Bookmark,
    BookmarkForm,
    BookmarkList,
    StoredBookmark,
)
from veza.domains.music.library.queries import tracks as queries
from veza.domains.music.library.service.ratings import lock_for_change
from veza.domains.music.tracks.service import visible_tracks
from veza.infra.postgres.database import Conn, Tx


async def set_bookmark(
    tx: Tx, track_id: TrackId, member: Member, form: BookmarkForm, urls: UrlBuilder
) -> Bookmark:
    """Set the bookmark of a track. Raises TrackNotFound and TooManyBookmarks."""
    stored = await save_bookmark(tx, track_id, member, form)
    shown = await visible_tracks.find_visible_tracks(tx, [track_id], member, urls)
    [bookmark] = rules.show_bookmarks([stored], shown)
    return bookmark


async def save_bookmark(
    tx: Tx, track_id: TrackId, member: Member, form: BookmarkForm
) -> StoredBookmark:
    """Store the bookmark of a track in place of an earlier one, as `set_bookmark` does."""
    await lock_for_change(tx, track_id, member)
    stored = await queries.upsert_bookmark(tx, member.id, track_id, form)
    if await queries.count_bookmarks(tx, member.id) > MAX_BOOKMARKS:
        raise TooManyBookmarks
    return stored


async def delete_bookmark(tx: Tx, track_id: TrackId, member: Member) -> None:
    """Delete the bookmark of a track, if there is one.

    Raises TrackNotFound if there is none and the member may not see the track.
    """
    if not await queries.delete_bookmark(tx, member.id, track_id):
        await visible_tracks.get_visible(tx, track_id, member.id)


async def find_bookmarks(conn: Conn, member: Member) -> list[StoredBookmark]:
    """Return the bookmarks in tracks that the member may see, the latest change first."""
    return await queries.list_bookmarks(conn, member.id, MAX_BOOKMARKS)


async def list_bookmarks(conn: Conn, member: Member, urls: UrlBuilder) -> BookmarkList:
    """Return the bookmarks of a member with their tracks, the latest change first."""
    found = await find_bookmarks(conn, member)
    track_ids = [bookmark.track_id for bookmark in found]
    shown = await visible_tracks.find_visible_tracks(conn, track_ids, member, urls)
    return BookmarkList(rules.show_bookmarks(found, shown))
