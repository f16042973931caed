"""A rating from 1 to 5 replaces the earlier one; the member is locked before the track."""

from veza.core.access import Member
from veza.core.errors import Unauthenticated
from veza.core.ids import TrackId
from veza.core.pages import cut
from veza.core.signed_urls import UrlBuilder
from veza.domains.music.library import rules
from veza.domains.music.library.models import LibraryQuery, RatedTrackPage, TrackRating
from veza.domains.music.library.queries import tracks as queries
from veza.domains.music.tracks.service import visible_tracks
from veza.infra.postgres.database import Conn, Tx


async def rate(tx: Tx, track_id: TrackId, member: Member, rating: int) -> TrackRating:
    """Rate a track from 1 to 5, in place of an earlier rating. Raises TrackNotFound."""
    await lock_for_change(tx, track_id, member)
    await queries.upsert_rating(tx, member.id, track_id, rating)
    return TrackRating(rating)


async def remove_rating(tx: Tx, track_id: TrackId, member: Member) -> TrackRating:
    """Delete the member's rating of a track, if there is one.

    Raises TrackNotFound if there is none and the member may not see the track.
    """
    if not await queries.delete_rating(tx, member.id, track_id):
        await visible_tracks.get_visible(tx, track_id, member.id)
    return TrackRating(None)


async def list_ratings(
    conn: Conn, member: Member, query: LibraryQuery, urls: UrlBuilder
) -> RatedTrackPage:
    """Return a page of the tracks that a member rated, the latest rating first."""
    found = await queries.list_ratings(conn, member.id, query)
    page, next_cursor = cut(found, query.limit, rules.cursor_after_rating)
    track_ids = [rating.track_id for rating in page]
    shown = await visible_tracks.find_visible_tracks(conn, track_ids, member, urls)
    return rules.show_ratings(page, next_cursor, shown)


async def lock_for_change(tx: Tx, track_id: TrackId, member: Member) -> None:
    """Lock the member, then a track that they may see. Raises TrackNotFound.

    In the same order as the deletion of an account, which deletes the member's tracks and likes.
    """
    if not await queries.lock_member(tx, member.id):
        # The token outlived the account.
        raise Unauthenticated
    await visible_tracks.lock_visible(tx, track_id, member.id)
