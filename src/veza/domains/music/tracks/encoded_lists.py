"""Pages of tracks that visitors ask for at the same moment: read by one statement, kept encoded.

Pages by date are read most often, each of them by few. To read all columns of their tracks, and to
show and encode them, takes more than twice as long for each page by itself (docs/performance.md).
All other lists are read by `service.list_tracks`, with which a test compares these.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from itertools import batched

import msgspec
from msgspec import Raw, Struct

from veza.core.foreign_json import decode_json
from veza.core.ids import TrackId
from veza.core.pages import Cursor, cut
from veza.core.people import Appearance
from veza.core.signed_urls import UrlBuilder
from veza.core.visibility import is_track_published
from veza.domains.auth.accounts.models import show_named_member
from veza.domains.music.credits.models import ARTIST, ShownCredit
from veza.domains.music.credits.rules.shown import show_artists, show_credits
from veza.domains.music.tracks.models.lists import TrackQuery
from veza.domains.music.tracks.models.tracks import Track
from veza.domains.music.tracks.queries import versions
from veza.domains.music.tracks.queries.versions import TrackVersion
from veza.domains.music.tracks.service import visible_tracks
from veza.infra.concurrency.encoded_rows import EncodedRows
from veza.infra.postgres.database import Conn

_TRACKS_AT_ONCE = 640
_kept = EncodedRows[Hashable, Hashable](16 * 2**20)


class EncodedPage(Struct, frozen=True):
    """A `TrackPage` whose tracks are JSON."""

    tracks: list[Raw]
    next_cursor: str | None
    has_more: bool


async def list_pages(
    conn: Conn, queries: Sequence[TrackQuery], urls: UrlBuilder
) -> Mapping[TrackQuery, EncodedPage]:
    """Return several pages of public tracks by date that differ in their cursors alone."""
    limit = queries[0].limit
    pages = dict[TrackQuery, EncodedPage]()
    # Not all at once: encoding thousands of tracks would stop all other requests.
    for some in batched(queries, max(1, _TRACKS_AT_ONCE // limit)):
        cursors = [query.cursor for query in some if query.cursor is not None]
        found = await versions.list_versions_after(conn, some[0], cursors)
        tracks = [track for page in found for track in page[:limit]]
        bodies = await _encode(conn, tracks, urls)
        for query, page in zip(some, found, strict=True):
            pages[query] = _show_page(page, query, bodies)
    return pages


def _show_page(
    found: list[TrackVersion], query: TrackQuery, bodies: Mapping[TrackId, bytes]
) -> EncodedPage:
    page, next_cursor = cut(found, query.limit, lambda track: Cursor(track.created_at, track.id))
    shown = [Raw(bodies[track.id]) for track in page if track.id in bodies]
    return EncodedPage(shown, next_cursor, next_cursor is not None)


async def _encode(
    conn: Conn, tracks: Iterable[TrackVersion], urls: UrlBuilder
) -> dict[TrackId, bytes]:
    """Return the JSON of tracks by id, except of those that were withdrawn meanwhile."""
    bodies: dict[TrackId, bytes] = {}
    missing: dict[TrackId, TrackVersion] = {}
    for track in tracks:
        body = _kept.get((urls.base, track.id), track.version)
        if body is None:
            missing[track.id] = track
        else:
            bodies[track.id] = body
    if missing:
        found = await visible_tracks.find_visible_tracks(conn, list(missing), None, urls)
        for track_id, track in found.items():
            if is_track_published(track):
                bodies[track_id] = _encode_track(track, missing[track_id], urls)
    return bodies


def _encode_track(track: Track, version: TrackVersion, urls: UrlBuilder) -> bytes:
    """Return the JSON of a track that was read after its version, and keep it.

    If its row has changed in between, it is kept under a version that nobody reads any more. The
    other parts of a version may change back, so that they have to be those of the track.
    """
    body = msgspec.json.encode(track)
    shown = Appearance(*version.appearance)
    artist = show_named_member(track.artist.id, version.username, shown)
    is_same = (track.artist, track.has_lyrics) == (artist, version.has_lyrics)
    if is_same and _has_credits(track, version) and _has_release(track, version):
        _kept.put((urls.base, track.id), version.version, body)
    return body


def _has_release(track: Track, version: TrackVersion) -> bool:
    """Return whether a track has the release of a version, and all that is shown of its cover.

    A placeholder that is made later changes no version.
    """
    release = track.release
    if release is None or version.release is None:
        return release is None and version.release is None
    is_whole = release.cover_url is None or release.cover_placeholder is not None
    return is_whole and version.release.startswith(str(release.id))


def _has_credits(track: Track, version: TrackVersion) -> bool:
    """Return whether a track has the credits of a version; without any, its row says so."""
    if version.credited is None:
        return True
    credited = decode_json(version.credited, list[ShownCredit])
    artists = track.artists
    if any(each.role == ARTIST for each in credited):
        artists = show_artists(track.artist, None, credited)
    return (track.artists, track.credits) == (artists, show_credits(credited))
