"""Lists of tracks of which only those are encoded that have changed since.

Pages of tracks are the most frequent reads. Reading all columns, showing and encoding them takes
four times as long as reading their versions.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from itertools import batched

import msgspec
from msgspec import UNSET, Raw, Struct, structs

from veza.core.access import Member
from veza.core.ids import TrackId
from veza.core.pages import cut
from veza.core.signed_urls import UrlBuilder
from veza.core.visibility import is_track_published
from veza.domains.music.tracks import rules, service
from veza.domains.music.tracks.models import Track, TrackQuery
from veza.domains.music.tracks.queries import versions
from veza.domains.music.tracks.queries.versions import TrackVersion
from veza.infra.concurrency.encoded_rows import EncodedRows
from veza.infra.postgres.database import Conn

_TRACKS_AT_ONCE = 640
_LIKED = {False: b',"liked":false}', True: b',"liked":true}'}
_kept = EncodedRows[Hashable, Hashable](16 * 2**20)


class _EncodedPage(Struct, frozen=True):
    """A `TrackPage` whose tracks are JSON."""

    tracks: list[Raw]
    next_cursor: str | None
    has_more: bool


async def list_tracks(
    conn: Conn, query: TrackQuery, viewer: Member | None, urls: UrlBuilder
) -> _EncodedPage:
    """Return a page of public tracks that are ready, and of the viewer's own tracks."""
    found = await versions.list_versions(conn, query, viewer and viewer.id)
    bodies = await _encode(conn, found[: query.limit], viewer, urls)
    return _show_page(found, query, bodies)


async def list_pages(
    conn: Conn, queries: Sequence[TrackQuery], urls: UrlBuilder
) -> Mapping[TrackQuery, _EncodedPage]:
    """Return several pages of public tracks by date that differ in their cursors alone."""
    limit, pages = queries[0].limit, dict[TrackQuery, _EncodedPage]()
    # Not all at once: encoding thousands of tracks would stop all other requests.
    for some in batched(queries, max(1, _TRACKS_AT_ONCE // limit)):
        cursors = [query.cursor for query in some if query.cursor is not None]
        found = await versions.list_versions_after(conn, some[0], cursors)
        tracks = [track for page in found for track in page[:limit]]
        bodies = await _encode(conn, tracks, None, urls)
        for query, page in zip(some, found, strict=True):
            pages[query] = _show_page(page, query, bodies)
    return pages


def _show_page(
    found: list[TrackVersion], query: TrackQuery, bodies: Mapping[TrackId, Raw]
) -> _EncodedPage:
    page, next_cursor = cut(found, query.limit, lambda track: rules.make_cursor(track, query.sort))
    shown = [bodies[track.id] for track in page if track.id in bodies]
    return _EncodedPage(shown, next_cursor, next_cursor is not None)


async def _encode(
    conn: Conn, tracks: Iterable[TrackVersion], viewer: Member | None, urls: UrlBuilder
) -> dict[TrackId, Raw]:
    """Return the JSON of tracks by id, except of those that were withdrawn meanwhile.

    What is public is kept.
    """
    bodies: dict[TrackId, Raw] = {}
    missing: dict[TrackId, TrackVersion] = {}
    for track in tracks:
        body = _kept.get((urls.base, track.id), track.version) if track.is_listed else None
        if body is None:
            missing[track.id] = track
        else:
            bodies[track.id] = Raw(_add_liked(body, liked=track.liked))
    if missing:
        found = await service.find_visible_tracks(conn, list(missing), viewer, urls)
        for track_id, track in found.items():
            version = missing[track_id]
            if version.is_listed:
                if not is_track_published(track):
                    continue
                _keep(track, version, urls)
            bodies[track_id] = Raw(msgspec.json.encode(track))
    return bodies


def _keep(track: Track, version: TrackVersion, urls: UrlBuilder) -> None:
    """Keep the JSON of a track that was read after its version.

    If its row has changed in between, it is kept under a version that nobody reads any more. The
    other parts of a version may change back, so that they have to be those of the track.
    """
    if (track.artist.username, track.has_lyrics) == (version.username, version.has_lyrics):
        body = msgspec.json.encode(structs.replace(track, liked=UNSET))
        _kept.put((urls.base, track.id), version.version, body)


def _add_liked(body: bytes, *, liked: bool | None) -> bytes:
    """Return the JSON of a track with its last field, which depends on the viewer."""
    return body if liked is None else body[:-1] + _LIKED[liked]
