"""Ratings and liked releases of the caller, seen by nobody else."""

from typing import Annotated
from uuid import UUID

from litestar import Router, delete, get, post, put
from litestar.params import FromPath, JSONBody, QueryParameter

from veza.core import pages
from veza.core.access import Access, Scope
from veza.core.activities import Activity
from veza.core.ids import ReleaseId, TrackId
from veza.core.profiles import Right
from veza.domains.music.library.models import (
    LibraryQuery,
    LikedReleasePage,
    RatedReleasePage,
    RatedTrackPage,
    RatingForm,
    ReleaseLikeState,
    ReleaseRating,
    TrackRating,
)
from veza.domains.music.library.service import ratings, releases
from veza.domains.music.releases.errors import ReleaseNotFound
from veza.domains.music.tracks.errors import TrackNotFound
from veza.http.dependencies import AnyRequest, Conn, Tx, viewer_of
from veza.http.requests.query_parameters import CursorText, PageLimit, read_cursor
from veza.http.security.signed_urls import urls_of

_MinRating = Annotated[int, QueryParameter(ge=1, le=5, description="Only what is rated so high.")]


@put(
    "/tracks/{track_id:uuid}/rating",
    access=Access.USER,
    scope=Scope.WRITE,
    errors=[TrackNotFound],
)
async def rate_track(
    request: AnyRequest, track_id: FromPath[UUID], data: JSONBody[RatingForm], tx: Tx
) -> TrackRating:
    """Rate a track from 1 to 5, for yourself. A rating replaces an earlier one."""
    return await ratings.rate(tx, TrackId(track_id), viewer_of(request), data.rating)


@delete(
    "/tracks/{track_id:uuid}/rating",
    access=Access.USER,
    scope=Scope.WRITE,
    status_code=200,
    errors=[TrackNotFound],
)
async def remove_rating(request: AnyRequest, track_id: FromPath[UUID], tx: Tx) -> TrackRating:
    """Remove your rating of a track. Without a rating, nothing changes."""
    return await ratings.remove_rating(tx, TrackId(track_id), viewer_of(request))


@get("/users/me/library/ratings", access=Access.USER, scope=Scope.READ, errors=[pages.BadCursor])
async def list_ratings(
    request: AnyRequest,
    conn: Conn,
    limit: PageLimit = 20,
    cursor: CursorText = None,
    min_rating: _MinRating = 1,
) -> RatedTrackPage:
    """List the tracks that you rated, the latest rating first.

    Tracks that you may no longer see are left out.
    """
    query = LibraryQuery(limit, read_cursor(cursor), min_rating)
    return await ratings.list_ratings(conn, viewer_of(request), query, urls_of(request))


@post(
    "/releases/{release_id:uuid}/like",
    access=Access.USER,
    activity=Activity.REACTION,
    scope=Scope.WRITE,
    status_code=200,
    errors=[ReleaseNotFound],
)
async def like_release(request: AnyRequest, release_id: FromPath[UUID], tx: Tx) -> ReleaseLikeState:
    """Like a release. Liking it again changes nothing."""
    return await releases.like(tx, ReleaseId(release_id), viewer_of(request))


@delete(
    "/releases/{release_id:uuid}/like",
    access=Access.USER,
    scope=Scope.WRITE,
    status_code=200,
    errors=[ReleaseNotFound],
)
async def unlike_release(
    request: AnyRequest, release_id: FromPath[UUID], tx: Tx
) -> ReleaseLikeState:
    """Remove your like of a release. Without a like, nothing changes."""
    return await releases.unlike(tx, ReleaseId(release_id), viewer_of(request))


@put(
    "/releases/{release_id:uuid}/rating",
    access=Access.USER,
    scope=Scope.WRITE,
    errors=[ReleaseNotFound],
)
async def rate_release(
    request: AnyRequest, release_id: FromPath[UUID], data: JSONBody[RatingForm], tx: Tx
) -> ReleaseRating:
    """Rate a release from 1 to 5, for yourself. A rating replaces an earlier one."""
    return await releases.rate(tx, ReleaseId(release_id), viewer_of(request), data.rating)


@delete(
    "/releases/{release_id:uuid}/rating",
    access=Access.USER,
    scope=Scope.WRITE,
    status_code=200,
    errors=[ReleaseNotFound],
)
async def remove_release_rating(
    request: AnyRequest, release_id: FromPath[UUID], tx: Tx
) -> ReleaseRating:
    """Remove your rating of a release. Without a rating, nothing changes."""
    return await releases.remove_rating(tx, ReleaseId(release_id), viewer_of(request))


@get(
    "/users/me/library/liked-releases",
    access=Access.USER,
    scope=Scope.READ,
    errors=[pages.BadCursor],
)
async def list_liked_releases(
    request: AnyRequest, conn: Conn, limit: PageLimit = 20, cursor: CursorText = None
) -> LikedReleasePage:
    """List the releases that you like and may see, the latest like first."""
    query = LibraryQuery(limit, read_cursor(cursor))
    return await releases.list_likes(conn, viewer_of(request), query, urls_of(request))


@get(
    "/users/me/library/rated-releases",
    access=Access.USER,
    scope=Scope.READ,
    errors=[pages.BadCursor],
)
async def list_rated_releases(
    request: AnyRequest,
    conn: Conn,
    limit: PageLimit = 20,
    cursor: CursorText = None,
    min_rating: _MinRating = 1,
) -> RatedReleasePage:
    """List the releases that you rated and may see, the latest rating first."""
    query = LibraryQuery(limit, read_cursor(cursor), min_rating)
    return await releases.list_ratings(conn, viewer_of(request), query, urls_of(request))


router = Router(
    "/",
    route_handlers=[
        rate_track,
        remove_rating,
        list_ratings,
        like_release,
        unlike_release,
        rate_release,
        remove_release_rating,
        list_liked_releases,
        list_rated_releases,
    ],
    tags=["library"],
    opt={"right": Right.SPEAK},
)
