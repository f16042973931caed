"""Recommends stored similar tracks and artists, the most played, and tracks at random."""

from collections.abc import Sequence
from random import Random

from msgspec import structs

from veza.core.access import Member
from veza.core.ids import TrackId, UserId
from veza.core.signed_urls import UrlBuilder
from veza.domains.music.discovery import rules
from veza.domains.music.discovery.models import RandomQuery
from veza.domains.music.discovery.queries import artists, draws, similarities
from veza.domains.music.discovery.queries import shown as queries_shown
from veza.domains.music.tracks.models.lists import FoundArtist
from veza.domains.music.tracks.models.tracks import Track
from veza.domains.music.tracks.service import visible_tracks
from veza.domains.relationships import service as relations
from veza.infra.postgres.database import Conn


async def list_similar_tracks(
    conn: Conn, track_id: TrackId, limit: int, *, viewer: Member | None, urls: UrlBuilder
) -> list[Track]:
    """Return the tracks that are similar to one, most similar first. Raises TrackNotFound."""
    await visible_tracks.get_visible(conn, track_id, viewer and viewer.id)
    found = await similarities.list_similar(conn, track_id, limit, viewer and viewer.id)
    return await show_tracks(conn, found, viewer, urls)


async def list_similar_artists(
    conn: Conn, artist_id: UserId, limit: int, *, viewer: Member | None
) -> list[FoundArtist]:
    """Return the artists who are similar to one, most similar first."""
    return await artists.list_similar(conn, artist_id, limit, viewer and viewer.id)


async def list_similar_artists_of(
    conn: Conn, username: str, limit: int, *, viewer: Member | None
) -> list[FoundArtist]:
    """Return the artists who are similar to one, by username. Raises UserNotFound."""
    artist_id = await relations.find_visible_id(conn, username, viewer)
    return await list_similar_artists(conn, artist_id, limit, viewer=viewer)


async def list_tracks_like_artist(
    conn: Conn, artist_id: UserId, limit: int, *, viewer: Member | None, urls: UrlBuilder
) -> list[Track]:
    """Return tracks that are similar to the top tracks of an artist, and tracks of theirs."""
    viewer_id = viewer and viewer.id
    own = await artists.list_top_tracks(conn, artist_id, limit, viewer_id)
    lists = {
        found.track_id: found.similar_ids
        for found in await similarities.list_similarities(conn, own)
    }
    similar = rules.merge_lists([own, *(lists.get(track_id, []) for track_id in own)])
    # More than the limit, because some may be hidden.
    candidates = await queries_shown.list_candidates(conn, similar[: 2 * limit], viewer_id)
    shown = {candidate.id for candidate in candidates}
    chosen = [track_id for track_id in similar if track_id in shown]
    return await show_tracks(conn, chosen[:limit], viewer, urls)


async def list_top_tracks(
    conn: Conn, artist_id: UserId, limit: int, *, viewer: Member | None, urls: UrlBuilder
) -> list[Track]:
    """Return the most played public tracks of an artist."""
    found = await artists.list_top_tracks(conn, artist_id, limit, viewer and viewer.id)
    return await show_tracks(conn, found, viewer, urls)


async def draw_tracks(
    conn: Conn, query: RandomQuery, *, viewer: Member | None, urls: UrlBuilder
) -> list[Track]:
    """Return public tracks at random: fewer than the limit only if there are fewer."""
    viewer_id = viewer and viewer.id
    draw = rules.make_draw(Random(), query.limit, query.genre)  # noqa: S311 - no secret
    draw = structs.replace(draw, from_year=query.from_year, to_year=query.to_year)
    found = await draws.draw_tracks(conn, draw, viewer_id)
    if draw.has_years and len(found) < query.limit:
        found = await draws.draw_rare_tracks(conn, draw, viewer_id)
    return await show_tracks(conn, found, viewer, urls)


async def show_tracks(
    conn: Conn, track_ids: Sequence[TrackId], viewer: Member | None, urls: UrlBuilder
) -> list[Track]:
    """Return the responses for tracks, in their order."""
    shown = await visible_tracks.find_visible_tracks(conn, track_ids, viewer, urls)
    return [shown[track_id] for track_id in track_ids if track_id in shown]
