"""The reads of tracks that are answered in front of the framework, see `http.frequent_reads`."""

from collections.abc import Hashable, Mapping, Sequence

from msgspec import structs

from veza.core.access import Member
from veza.core.ids import TrackId
from veza.core.pages import BadCursor
from veza.core.signed_urls import UrlBuilder
from veza.domains.music.tracks import encoded_lists, routes, rules, service
from veza.domains.music.tracks.errors import TrackNotFound
from veza.domains.music.tracks.models import SortOrder, Track, TrackQuery, TrackSort
from veza.http.frequent_reads import FrequentRead, read_id, read_limit
from veza.http.query_parameters import read_cursor
from veza.infra.postgres.database import Conn


def _find_query(parameters: Mapping[str, str]) -> TrackQuery | None:
    limit = read_limit(parameters)
    if limit is None:
        return None
    try:
        cursor = read_cursor(parameters.get("cursor"))
        sort = TrackSort(parameters.get("sort_by", TrackSort.CREATED_AT))
        if cursor is not None:
            rules.ensure_cursor_fits(cursor, sort)
        order = SortOrder(parameters.get("sort_order", SortOrder.DESC))
    except (BadCursor, ValueError):
        return None
    return TrackQuery(limit=limit, sort=sort, order=order, cursor=cursor)


def _find_lane(key: TrackQuery) -> Hashable:
    """Return the same for pages that a statement reads together: those by date."""
    if key.sort is TrackSort.CREATED_AT and key.cursor is not None:
        return structs.replace(key, cursor=None)
    return key


async def _show_track(conn: Conn, key: TrackId, viewer: Member | None, urls: UrlBuilder) -> Track:
    return await service.get_track(conn, key, viewer, urls)


async def _show_tracks(
    conn: Conn, keys: Sequence[TrackId], urls: UrlBuilder
) -> Mapping[TrackId, Track]:
    return await service.find_visible_tracks(conn, keys, None, urls)


LIST_TRACKS = FrequentRead(
    "/tracks",
    routes.list_tracks,
    # `page`, `genre` and `format` may be expensive: the framework's route limits them.
    frozenset({"limit", "cursor", "sort_by", "sort_order"}),
    _find_query,
    encoded_lists.list_tracks,
    encoded_lists.list_pages,
    find_lane=_find_lane,
)
SHOW_TRACK = FrequentRead(
    "/tracks/{track_id}",
    routes.show_track,
    frozenset(),
    read_id,
    _show_track,
    _show_tracks,
    TrackNotFound,
)
