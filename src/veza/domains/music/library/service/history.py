"""A history is kept unless switched off; `music/tracks` writes it when it counts a play."""

from veza.core.access import Member
from veza.core.errors import Unauthenticated
from veza.core.ids import TrackId
from veza.core.pages import cut
from veza.core.signed_urls import UrlBuilder
from veza.domains.music.library import rules
from veza.domains.music.library.models import HistoryPage, LibraryQuery, LibrarySettings
from veza.domains.music.library.queries import tracks as queries
from veza.domains.music.tracks import shared_queries as track_queries
from veza.domains.music.tracks.service import visible_tracks
from veza.infra.postgres.database import Conn, Tx


async def list_history(
    conn: Conn, member: Member, query: LibraryQuery, urls: UrlBuilder
) -> HistoryPage:
    """Return a page of the tracks that a member played, the latest first."""
    found = await queries.list_history(conn, member.id, query)
    page, next_cursor = cut(found, query.limit, rules.cursor_after_plays)
    track_ids = [plays.track_id for plays in page]
    shown = await visible_tracks.find_visible_tracks(conn, track_ids, member, urls)
    return rules.show_history(page, next_cursor, shown)


async def clear_history(tx: Tx, member: Member) -> None:
    """Delete the whole history of a member. The play counts of tracks stay as they are."""
    await track_queries.delete_history(tx, member.id)


async def remove_from_history(tx: Tx, track_id: TrackId, member: Member) -> None:
    """Delete a track from the member's history.

    Raises TrackNotFound if it is not there and the member may not see the track.
    """
    if not await track_queries.delete_from_history(tx, member.id, track_id):
        await visible_tracks.get_visible(tx, track_id, member.id)


async def get_settings(conn: Conn, member: Member) -> LibrarySettings:
    """Return the member's settings. A history is kept unless they say otherwise."""
    return await queries.find_settings(conn, member.id) or LibrarySettings(keep_history=True)


async def change_settings(tx: Tx, member: Member, settings: LibrarySettings) -> LibrarySettings:
    """Change whether plays are kept from now on. What is in the history stays there."""
    if not await queries.lock_member(tx, member.id):
        raise Unauthenticated
    await queries.upsert_settings(tx, member.id, settings)
    return settings
