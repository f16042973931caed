"""Pages of tracks: public ones, and those of the viewer."""

from collections.abc import Sequence

from veza.core.access import Member
from veza.core.pages import cut
from veza.core.signed_urls import UrlBuilder
from veza.domains.music.tracks import rules
from veza.domains.music.tracks.models.lists import TrackPage, TrackQuery
from veza.domains.music.tracks.models.tracks import StoredTrack, TrackName
from veza.domains.music.tracks.queries import numbered_pages, tracks
from veza.infra.postgres.database import Conn


async def list_tracks(
    conn: Conn, query: TrackQuery, viewer: Member | None, urls: UrlBuilder
) -> TrackPage:
    """Return a page of public tracks that are ready, and of the viewer's own tracks."""
    if query.cursor is not None:
        rules.ensure_cursor_fits(query.cursor, query.sort)
    list_page = numbered_pages.list_tracks if query.offset else tracks.list_tracks
    found = await list_page(conn, query, viewer and viewer.id)
    return _show_page(found, query, urls)


async def list_followed_tracks(
    conn: Conn, query: TrackQuery, viewer: Member, urls: UrlBuilder
) -> TrackPage:
    """Return a page of the newest public tracks of members that the viewer follows."""
    if query.cursor is not None:
        rules.ensure_cursor_fits(query.cursor, query.sort)
    return _show_page(await tracks.list_followed(conn, query, viewer.id), query, urls)


def _show_page(found: list[StoredTrack], query: TrackQuery, urls: UrlBuilder) -> TrackPage:
    page, next_cursor = cut(found, query.limit, lambda track: rules.make_cursor(track, query.sort))
    shown = [rules.show_track(track, urls) for track in page]
    return TrackPage(shown, next_cursor, next_cursor is not None)


async def list_tracks_named(conn: Conn, titles: Sequence[str], viewer: Member) -> list[TrackName]:
    """Return the public tracks and the viewer's own with one of these titles, ignoring case.

    The most played come first. Unlisted ones of others are for those who have their address.
    """
    found = await tracks.list_tracks_named(conn, titles, viewer.id)
    return [name for name in found if rules.is_visible_to(name, viewer.id)]
