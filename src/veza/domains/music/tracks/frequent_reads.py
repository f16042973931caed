"""The reads of tracks that are answered in front of the framework, see `http.frequent_reads`."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from veza.core.access import Member
from veza.core.ids import TrackId
from veza.core.pages import BadCursor
from veza.core.signed_urls import UrlBuilder
from veza.domains.music.tracks import routes, service
from veza.domains.music.tracks.errors import TrackNotFound
from veza.domains.music.tracks.models import SortOrder, Track, TrackPage, TrackQuery, TrackSort
from veza.http.frequent_reads import FrequentRead, read_limit
from veza.http.query_parameters import read_cursor
from veza.infra.postgres.database import Conn


def _find_query(parameters: Mapping[str, str]) -> TrackQuery | None:
    limit = read_limit(parameters)
    if limit is None:
        return None
    try:
        return TrackQuery(
            limit=limit,
            sort=TrackSort(parameters.get("sort_by", TrackSort.CREATED_AT)),
            order=SortOrder(parameters.get("sort_order", SortOrder.DESC)),
            cursor=read_cursor(parameters.get("cursor")),
        )
    except (BadCursor, ValueError):
        return None


async def _list_tracks(
    conn: Conn, key: TrackQuery, viewer: Member | None, urls: UrlBuilder
) -> TrackPage:
    return await service.list_tracks(conn, key, viewer, urls)


def _find_id(parameters: Mapping[str, str]) -> TrackId:
    return TrackId(UUID(parameters["id"]))


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
    _list_tracks,
)
SHOW_TRACK = FrequentRead(
    "/tracks/{track_id}",
    routes.show_track,
    frozenset(),
    _find_id,
    _show_track,
    _show_tracks,
    TrackNotFound,
)
