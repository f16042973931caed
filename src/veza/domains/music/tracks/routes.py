"""Tracks are listed, searched, changed, liked and reported as played here."""

from collections.abc import Hashable, Mapping, Sequence
from contextlib import suppress
from typing import Annotated, Any
from uuid import UUID

from litestar import Router, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from msgspec import structs

from veza.core import pages
from veza.core.access import Access, Scope
from veza.core.activities import Activity
from veza.core.errors import FieldError, Invalid
from veza.core.ids import TrackId
from veza.core.play_source import PlayReport
from veza.core.profiles import Right
from veza.core.track_metadata import AiUse
from veza.domains.auth.accounts.errors import UserNotFound
from veza.domains.music.credits.errors import TooManyPendingCredits
from veza.domains.music.tracks import encoded_lists, errors, rules
from veza.domains.music.tracks.encoded_lists import EncodedPage
from veza.domains.music.tracks.models.forms import FILTERED_TEXTS, TrackChange
from veza.domains.music.tracks.models.lists import (
    SortOrder,
    TrackPage,
    TrackQuery,
    TrackSearchResults,
    TrackSort,
)
from veza.domains.music.tracks.models.tracks import LikeState, PlayState, Track
from veza.domains.music.tracks.service import (
    track_changes,
    track_likes,
    track_lists,
    track_plays,
    track_search,
    visible_tracks,
)
from veza.domains.platform.text_filters.errors import TextRefused
from veza.domains.platform.text_filters.service import TextFilters
from veza.domains.relationships import service as relations
from veza.http.dependencies import (
    AnyRequest,
    Conn,
    Tx,
    database_of,
    listener_of,
    reading,
    viewer_of,
    visitor_of,
)
from veza.http.expensive import SEARCH, WORD_SEARCH
from veza.http.fast.shared_routes import Reader, ReadTogether, SharedReader
from veza.http.requests.play_sources import play_source_of
from veza.http.requests.query_parameters import CursorText, PageLimit, PageNumber, read_cursor
from veza.http.responses.envelope import Deleted
from veza.http.security.signed_urls import urls_of
from veza.http.services import service_of
from veza.infra.concurrency.overload import Importance

_Query = NamedDependency[TrackQuery]

_Filter = Annotated[str | None, QueryParameter(max_length=50)]
_AiFilter = Annotated[
    AiUse | None, QueryParameter(description="Only tracks that disclose this much as generated.")
]


def provide_track_query(
    limit: PageLimit = 20,
    cursor: CursorText = None,
    page: PageNumber = None,
    sort_by: FromQuery[TrackSort] = TrackSort.CREATED_AT,
    sort_order: FromQuery[SortOrder] = SortOrder.DESC,
    genre: _Filter = None,
    format: _Filter = None,  # noqa: A002 - the name of the query's parameter
    ai: _AiFilter = None,
) -> TrackQuery:
    """Read the query parameters of a list of tracks."""
    if cursor is not None and page is not None:
        raise Invalid(details=[FieldError("page", "Send either `cursor` or `page`, not both.")])
    return TrackQuery(
        limit=limit,
        sort=sort_by,
        order=sort_order,
        cursor=read_cursor(cursor),
        offset=0 if page is None else pages.first_row(page, limit),
        genre=genre,
        format=format,
        ai=ai,
    )


def _find_lane(key: Any) -> Hashable | None:
    """Return the same for lists that a statement reads together: those by date after a cursor."""
    is_plain = key.sort_by is TrackSort.CREATED_AT and key.cursor is not None and key.page is None
    return (key.limit, key.sort_order) if is_plain else None


async def _list_together(reader: SharedReader, keys: Sequence[Any]) -> Mapping[Any, EncodedPage]:
    """Return the pages of a lane; those with a bad cursor are left out."""
    queries: dict[Any, TrackQuery] = {}
    for key in keys:
        with suppress(pages.BadCursor):
            query = provide_track_query(**structs.asdict(key))
            assert query.cursor is not None
            rules.ensure_cursor_fits(query.cursor, query.sort)
            queries[key] = query
    if not queries:
        return {}
    wanted = list(dict.fromkeys(queries.values()))
    found = await encoded_lists.list_pages(reader.conn, wanted, reader.urls)
    return {key: found[query] for key, query in queries.items()}


@get(
    "/tracks",
    access=Access.OPTIONAL,
    scope=Scope.READ,
    importance=Importance.EXPLORATION,
    expensive=SEARCH.only_with("genre", "format", "ai"),
    shared=ReadTogether(_list_together, _find_lane),
    errors=[pages.BadCursor, pages.PageTooFar],
)
async def list_tracks(
    reader: Reader,
    limit: PageLimit = 20,
    cursor: CursorText = None,
    page: PageNumber = None,
    sort_by: FromQuery[TrackSort] = TrackSort.CREATED_AT,
    sort_order: FromQuery[SortOrder] = SortOrder.DESC,
    genre: _Filter = None,
    format: _Filter = None,  # noqa: A002 - the name of the query's parameter
    ai: _AiFilter = None,
) -> TrackPage:
    """List tracks, paginated.

    Returns public tracks that are ready and, if you are signed in, all tracks of your own.
    """
    query = provide_track_query(limit, cursor, page, sort_by, sort_order, genre, format, ai)
    return await track_lists.list_tracks(reader.conn, query, reader.viewer, reader.urls)


@get(
    "/tracks/search",
    access=Access.OPTIONAL,
    scope=Scope.READ,
    importance=Importance.EXPLORATION,
    expensive=WORD_SEARCH,
)
async def search_tracks(
    request: AnyRequest,
    q: Annotated[
        str, QueryParameter(min_length=1, max_length=200, description="Words to search for.")
    ],
    conn: Conn,
    limit: PageLimit = 20,
    ai: _AiFilter = None,
) -> TrackSearchResults:
    """Search tracks by title, artist, genre and tags, best first.

    Ignores accents and tolerates typing errors.
    """
    return await track_search.search_tracks(
        conn, q, TrackQuery(limit, ai=ai), viewer=visitor_of(request), urls=urls_of(request)
    )


async def _show_together(reader: SharedReader, keys: Sequence[Any]) -> Mapping[Any, Track]:
    ids = [TrackId(key.track_id) for key in keys]
    found = await visible_tracks.find_visible_tracks(reader.conn, ids, reader.viewer, reader.urls)
    return {key: found[key.track_id] for key in keys if key.track_id in found}


@get(
    "/tracks/{track_id:uuid}",
    access=Access.OPTIONAL,
    scope=Scope.READ,
    shared=ReadTogether(_show_together),
    errors=[errors.TrackNotFound],
)
async def show_track(reader: Reader, track_id: FromPath[UUID]) -> Track:
    """Get a track by ID."""
    return await visible_tracks.get_track(
        reader.conn, TrackId(track_id), reader.viewer, reader.urls
    )


@put(
    "/tracks/{track_id:uuid}",
    access=Access.USER,
    activity=Activity.EDIT,
    scope=Scope.WRITE,
    errors=[errors.TrackNotFound, errors.NotYourTrack, TextRefused, TooManyPendingCredits],
)
async def update_track(
    request: AnyRequest, track_id: FromPath[UUID], data: JSONBody[TrackChange], tx: Tx
) -> Track:
    """Change a track of yours. Omitted fields keep their values."""
    owner = viewer_of(request)
    screening = service_of(request, TextFilters).screen(owner, data, *FILTERED_TEXTS)
    track = await track_changes.update_track(tx, TrackId(track_id), owner, data, urls_of(request))
    await screening.report(tx, "track", track.id)
    return track


@delete(
    "/tracks/{track_id:uuid}",
    access=Access.USER,
    scope=Scope.WRITE,
    status_code=200,
    errors=[errors.TrackNotFound, errors.NotYourTrack],
)
async def delete_track(request: AnyRequest, track_id: FromPath[UUID], tx: Tx) -> Deleted:
    """Delete a track of yours and its files. Buyers keep access to the original file."""
    await track_changes.delete_track(tx, TrackId(track_id), viewer_of(request))
    return Deleted(track_id)


@post(
    "/tracks/{track_id:uuid}/like",
    access=Access.USER,
    right=Right.SPEAK,
    activity=Activity.REACTION,
    scope=Scope.WRITE,
    status_code=200,
    errors=[errors.TrackNotFound],
)
async def like_track(request: AnyRequest, track_id: FromPath[UUID]) -> LikeState:
    """Like a track. Liking it again changes nothing."""
    return await track_likes.like_at_once(
        database_of(request), TrackId(track_id), viewer_of(request)
    )


@delete(
    "/tracks/{track_id:uuid}/like",
    access=Access.USER,
    right=Right.SPEAK,
    scope=Scope.WRITE,
    status_code=200,
    errors=[errors.TrackNotFound],
)
async def unlike_track(request: AnyRequest, track_id: FromPath[UUID]) -> LikeState:
    """Remove your like of a track. Without a like, nothing changes."""
    return await track_likes.unlike_at_once(
        database_of(request), TrackId(track_id), viewer_of(request)
    )


@post(
    "/tracks/{track_id:uuid}/plays",
    needs_space=False,
    access=Access.OPTIONAL,
    right=Right.READ,
    scope=Scope.WRITE,
    importance=Importance.VITAL,
    audited=False,
    status_code=200,
    errors=[errors.TrackNotFound, errors.TrackNotReady],
)
async def report_play(
    request: AnyRequest, track_id: FromPath[UUID], data: JSONBody[PlayReport], tx: Tx
) -> PlayState:
    """Report how long you listened to a track.

    A play counts from 30 seconds on, or for the whole of a shorter track. A member's plays of a
    track count once in 30 minutes, as do all signed-out plays from the same address (a /64 of
    IPv6). At most 20 members per address are counted in that time. With `played_at` a member
    reports what they heard earlier, without a network.

    The artist's statistics name the kind of client and the host of `referrer`, or of the page with
    an embedded player, but never a listener.
    """
    source = play_source_of(request, data.referrer)
    return await track_plays.report_play(tx, TrackId(track_id), data, listener_of(request), source)


@get(
    "/users/{username:str}/tracks",
    access=Access.OPTIONAL,
    scope=Scope.READ,
    importance=Importance.EXPLORATION,
    errors=[UserNotFound, pages.BadCursor, pages.PageTooFar],
)
async def list_tracks_of_user(
    request: AnyRequest, username: FromPath[str], track_query: _Query
) -> TrackPage:
    """List the tracks of a member: your own in any state, those of others if public and ready."""
    viewer = visitor_of(request)
    async with reading(request) as conn:
        owner_id = await relations.find_visible_id(conn, username, viewer)
        of_owner = structs.replace(track_query, owner_id=owner_id)
        return await track_lists.list_tracks(conn, of_owner, viewer, urls_of(request))


@get(
    "/users/me/likes",
    access=Access.USER,
    right=Right.READ,
    scope=Scope.READ,
    # Then it reads all of them.
    expensive=SEARCH.only_with("sort_by", "genre", "format"),
    errors=[pages.BadCursor, pages.PageTooFar],
)
async def list_liked_tracks(request: AnyRequest, track_query: _Query) -> TrackPage:
    """List the tracks that you like."""
    viewer = viewer_of(request)
    async with reading(request) as conn:
        liked = structs.replace(track_query, liked_by=viewer.id)
        return await track_lists.list_tracks(conn, liked, viewer, urls_of(request))


@get(
    "/users/me/following/tracks",
    access=Access.USER,
    right=Right.READ,
    scope=Scope.READ,
    errors=[pages.BadCursor],
)
async def list_followed_tracks(
    request: AnyRequest, conn: Conn, limit: PageLimit = 20, cursor: CursorText = None
) -> TrackPage:
    """List the newest public tracks of the members that you follow, except those you mute."""
    query = TrackQuery(limit, cursor=read_cursor(cursor))
    return await track_lists.list_followed_tracks(conn, query, viewer_of(request), urls_of(request))


router = Router(
    "/",
    route_handlers=[
        list_tracks,
        search_tracks,
        show_track,
        update_track,
        delete_track,
        like_track,
        unlike_track,
        report_play,
        list_tracks_of_user,
        list_liked_tracks,
        list_followed_tracks,
    ],
    tags=["tracks"],
    opt={"right": Right.PUBLISH},
)
