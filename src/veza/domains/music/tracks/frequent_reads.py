"""The reads of tracks that are answered in front of the framework, see `http.frequent_reads`."""

from collections.abc import Hashable, Mapping

from msgspec import structs

from veza.core.pages import BadCursor
from veza.domains.music.tracks import encoded_reads, routes, rules
from veza.domains.music.tracks.errors import TrackNotFound
from veza.domains.music.tracks.models import SortOrder, TrackQuery, TrackSort
from veza.http.frequent_reads import FrequentRead, read_id, read_limit
from veza.http.query_parameters import read_cursor


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


LIST_TRACKS = FrequentRead(
    "/tracks",
    routes.list_tracks,
    # `page`, `genre` and `format` may be expensive: the framework's route limits them.
    frozenset({"limit", "cursor", "sort_by", "sort_order"}),
    _find_query,
    encoded_reads.list_tracks,
    encoded_reads.list_pages,
    find_lane=_find_lane,
)
SHOW_TRACK = FrequentRead(
    "/tracks/{track_id}",
    routes.show_track,
    frozenset(),
    read_id,
    encoded_reads.show_track,
    encoded_reads.show_tracks,
    TrackNotFound,
)
