"""A station's next page has no track that was played, as long as there are others."""

from collections.abc import Sequence
from random import Random

from msgspec import structs

from veza.core.access import Member
from veza.core.ids import TrackId, UserId
from veza.core.signed_urls import UrlBuilder
from veza.domains.music.discovery import rules
from veza.domains.music.discovery.models import RadioPage, RadioQuery, Station
from veza.domains.music.discovery.queries import artists, draws, similarities
from veza.domains.music.discovery.queries import shown as queries_shown
from veza.domains.music.discovery.service.recommendations import show_tracks
from veza.domains.music.tracks.service import visible_tracks
from veza.domains.relationships import service as relations
from veza.infra.postgres.database import Conn

# The tracks of an artist from which a station plays.
_TRACKS_OF_ARTIST = 30
# The similar tracks whose own similar tracks are played on a page.
_STEPS = 4


async def play_radio(
    conn: Conn, query: RadioQuery, *, viewer: Member | None, urls: UrlBuilder
) -> RadioPage:
    """Return the next page of a station. Raises TrackNotFound, UserNotFound.

    It repeats none of the latest `rules.MAX_PLAYED` tracks unless all others were played too. The
    same seed plays the same tracks, as long as the tracks and what is similar stay the same.
    """
    position = query.position
    viewer_id = viewer and viewer.id
    station = await _find_station(conn, query, viewer)
    random = rules.random_of(position)
    # The track of a station was just played.
    first = [] if station.plays_own else [rules.mark(track_id) for track_id in station.track_ids]
    played = [*first, *position.played]
    candidates = await _find_candidates(
        conn, station, random, limit=query.limit, viewer_id=viewer_id
    )
    chosen = rules.choose_page(random, candidates, played, query.limit)
    if len(chosen) < query.limit:
        more = await _list_all(conn, random, limit=query.limit, viewer_id=viewer_id)
        candidates = structs.replace(
            candidates,
            any_genre=[*candidates.any_genre, *more],
            owners={**candidates.owners, **more},
        )
        chosen = rules.choose_any_page(random, candidates, played, query.limit)
    shown = await show_tracks(conn, chosen, viewer, urls)
    if not shown:
        return RadioPage([], position.seed, None)
    following = rules.next_position(position, [track.id for track in shown])
    return RadioPage(shown, position.seed, rules.encode_position(following))


async def _find_station(conn: Conn, query: RadioQuery, viewer: Member | None) -> Station:
    viewer_id = viewer and viewer.id
    if query.track_id is not None:
        track = await visible_tracks.get_visible(conn, query.track_id, viewer_id)
        return Station([track.id], track.genre)
    if query.artist is not None:
        artist_id = await relations.resolve_id(conn, query.artist, viewer)
        own = await artists.list_top_tracks(conn, artist_id, _TRACKS_OF_ARTIST, viewer_id)
        return Station(own, None, plays_own=True)
    return Station([], query.genre)


async def _find_candidates(
    conn: Conn, station: Station, random: Random, *, limit: int, viewer_id: UserId | None
) -> rules.RadioCandidates:
    near = await _list_similar(conn, station.track_ids)
    steps = random.sample(near, min(_STEPS, len(near)))
    far = await _list_similar(conn, steps)
    own = station.track_ids if station.plays_own else []
    similar = rules.merge_lists([[*own, *near, *far]])
    of_genre: list[TrackId] = []
    if station.genre is not None:
        draw = rules.make_draw(random, limit, station.genre)
        of_genre = await draws.draw_tracks(conn, draw, viewer_id)
    any_genre = await draws.draw_tracks(conn, rules.make_draw(random, limit), viewer_id)
    found = await queries_shown.list_candidates(conn, [*similar, *of_genre, *any_genre], viewer_id)
    owners = {candidate.id: candidate.owner_id for candidate in found}
    return rules.RadioCandidates(similar, of_genre, any_genre, owners)


async def _list_all(
    conn: Conn, random: Random, *, limit: int, viewer_id: UserId | None
) -> dict[TrackId, UserId]:
    """Return more tracks than may be remembered as played, and the newest, with their artists."""
    draw = rules.make_draw(random, rules.MAX_PLAYED + limit)
    drawn = await draws.draw_tracks(conn, draw, viewer_id)
    newest = await draws.list_newest(conn, limit, viewer_id)
    found = await queries_shown.list_candidates(conn, [*drawn, *newest], viewer_id)
    owners = {candidate.id: candidate.owner_id for candidate in found}
    return {track_id: owners[track_id] for track_id in [*drawn, *newest] if track_id in owners}


async def _list_similar(conn: Conn, track_ids: Sequence[TrackId]) -> list[TrackId]:
    found = await similarities.list_similarities(conn, track_ids)
    lists = {each.track_id: each.similar_ids for each in found}
    return rules.merge_lists([lists.get(track_id, []) for track_id in track_ids])
