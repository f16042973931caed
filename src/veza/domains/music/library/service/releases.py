"""A release is liked or rated once by each member; hidden likes are not counted.

Each locks the member, then the release: in the same order as the deletion of an account.
"""

from veza.core.access import Member
from veza.core.errors import Unauthenticated
from veza.core.ids import ReleaseId
from veza.core.pages import Cursor, cut
from veza.core.signed_urls import UrlBuilder
from veza.domains.auth.accounts.models import RecountBatch
from veza.domains.music.library.events import ReleaseLiked
from veza.domains.music.library.models import (
    LibraryQuery,
    LikedReleasePage,
    MarkedRelease,
    RatedRelease,
    RatedReleasePage,
    ReleaseLikeState,
    ReleaseRating,
)
from veza.domains.music.library.queries import releases as queries
from veza.domains.music.releases.models.releases import Release, StoredRelease
from veza.domains.music.releases.service import lists, releases, responses
from veza.infra.jobs.outbox import emit
from veza.infra.postgres.database import Conn, Tx


async def like(tx: Tx, release_id: ReleaseId, member: Member) -> ReleaseLikeState:
    """Like a release, if the member doesn't like it already. Raises ReleaseNotFound."""
    release = await _lock(tx, release_id, member)
    if await queries.insert_like(tx, release_id, member.id):
        await emit(tx, ReleaseLiked(release_id, member.id, release.owner_id))
    return ReleaseLikeState(True, await queries.count_likes(tx, release_id))


async def unlike(tx: Tx, release_id: ReleaseId, member: Member) -> ReleaseLikeState:
    """Delete the member's like of a release, if there is one. Raises ReleaseNotFound."""
    await _lock(tx, release_id, member)
    await queries.delete_like(tx, release_id, member.id)
    return ReleaseLikeState(False, await queries.count_likes(tx, release_id))


async def rate(tx: Tx, release_id: ReleaseId, member: Member, rating: int) -> ReleaseRating:
    """Rate a release from 1 to 5, in place of an earlier rating. Raises ReleaseNotFound."""
    await _lock(tx, release_id, member)
    await queries.upsert_rating(tx, member.id, release_id, rating)
    return ReleaseRating(rating)


async def remove_rating(tx: Tx, release_id: ReleaseId, member: Member) -> ReleaseRating:
    """Delete the member's rating of a release, if there is one.

    Raises ReleaseNotFound if there is none and the member may not see the release.
    """
    if not await queries.delete_rating(tx, member.id, release_id):
        await releases.find_visible(tx, release_id, member)
    return ReleaseRating(None)


async def list_likes(
    conn: Conn, member: Member, query: LibraryQuery, urls: UrlBuilder
) -> LikedReleasePage:
    """Return a page of the releases that a member likes, the latest like first."""
    found = await queries.list_likes(conn, member.id, query)
    page, next_cursor = cut(found, query.limit, _cursor_after)
    shown = [release for release, _ in await _show(conn, page, member, urls)]
    return LikedReleasePage(shown, next_cursor, next_cursor is not None)


async def list_ratings(
    conn: Conn, member: Member, query: LibraryQuery, urls: UrlBuilder
) -> RatedReleasePage:
    """Return a page of the releases that a member rated, the latest rating first."""
    found = await queries.list_ratings(conn, member.id, query)
    page, next_cursor = cut(found, query.limit, _cursor_after)
    shown = [
        RatedRelease(release, mark.rating, mark.marked_at)
        for release, mark in await _show(conn, page, member, urls)
        if mark.rating is not None
    ]
    return RatedReleasePage(shown, next_cursor, next_cursor is not None)


async def update_hidden_likes(tx: Tx, batch: RecountBatch[ReleaseId]) -> list[ReleaseId]:
    """Hide or show the next batch of a member's likes of releases; return the releases."""
    release_ids = await queries.list_liked_releases(tx, batch.user_id, batch.after)
    await queries.lock_releases(tx, release_ids)
    await queries.update_hidden(tx, batch.user_id, release_ids, hide=batch.hide)
    return release_ids


async def _lock(tx: Tx, release_id: ReleaseId, member: Member) -> StoredRelease:
    """Lock the member, then a release that they may see. Raises ReleaseNotFound."""
    if not await queries.lock_member(tx, member.id):
        # The token outlived the account.
        raise Unauthenticated
    await queries.lock_releases(tx, [release_id])
    return await releases.find_visible(tx, release_id, member)


async def _show(
    conn: Conn, marks: list[MarkedRelease], member: Member, urls: UrlBuilder
) -> list[tuple[Release, MarkedRelease]]:
    release_ids = [mark.release_id for mark in marks]
    rows = await lists.find_visible_rows(conn, release_ids, member)
    return [
        (responses.show_release(rows[mark.release_id], urls), mark)
        for mark in marks
        if mark.release_id in rows
    ]


def _cursor_after(mark: MarkedRelease) -> Cursor:
    return Cursor(mark.marked_at, mark.release_id)
