"""Similar tracks and artists, tracks at random, and endless stations."""

import secrets
from typing import Annotated
from uuid import UUID

from litestar import Router, get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from veza.core import pages
from veza.core.access import Access, Scope
from veza.core.errors import FieldError, Invalid
from veza.core.genres import MAX_GENRE_LENGTH
from veza.core.ids import TrackId
from veza.domains.auth.accounts.errors import UserNotFound
from veza.domains.music.discovery import rules
from veza.domains.music.discovery.models import (
    RadioPage,
    RadioPosition,
    RadioQuery,
    RandomQuery,
    RandomTracks,
    SimilarArtists,
    SimilarTracks,
)
from veza.domains.music.discovery.service import radio, recommendations
from veza.domains.music.tracks.errors import TrackNotFound
from veza.http.dependencies import AnyRequest, Conn, reading, visitor_of
from veza.http.requests.query_parameters import PageLimit
from veza.http.security.signed_urls import urls_of
from veza.infra.concurrency.overload import Importance

_Genre = Annotated[
    str | None,
    QueryParameter(min_length=1, max_length=MAX_GENRE_LENGTH, description="Tracks of a genre."),
]
_FromYear = Annotated[
    int | None, QueryParameter(ge=0, le=9999, description="Tracks of this year and later.")
]
_ToYear = Annotated[
    int | None, QueryParameter(ge=0, le=9999, description="Tracks of this year and earlier.")
]
_StationTrack = Annotated[UUID | None, QueryParameter(description="Tracks similar to this one.")]
_StationArtist = Annotated[
    str | None,
    QueryParameter(
        min_length=1, max_length=50, description="Tracks of this artist (a username), and similar."
    ),
]
_Seed = Annotated[
    int | None,
    QueryParameter(
        ge=0, le=rules.MAX_SEED, description="The `seed` of a station, to hear it again."
    ),
]
# 500 tracks that were played, in base64.
_RadioCursor = Annotated[
    str | None, QueryParameter(max_length=2700, description="`next_cursor` of the page before.")
]


def provide_radio_query(
    track_id: _StationTrack = None,
    artist: _StationArtist = None,
    genre: _Genre = None,
    seed: _Seed = None,
    cursor: _RadioCursor = None,
    limit: PageLimit = 20,
) -> RadioQuery:
    """Read the query parameters of a radio station."""
    if sum(part is not None for part in (track_id, artist, genre)) != 1:
        detail = FieldError("track_id", "Send one of `track_id`, `artist` and `genre`.")
        raise Invalid(details=[detail])
    if cursor is None:
        position = RadioPosition(secrets.randbelow(rules.MAX_SEED) if seed is None else seed)
    else:
        position = rules.decode_position(cursor)
    return RadioQuery(limit, position, track_id and TrackId(track_id), artist, genre)


@get(
    "/tracks/{track_id:uuid}/similar",
    access=Access.OPTIONAL,
    scope=Scope.READ,
    importance=Importance.EXPLORATION,
    errors=[TrackNotFound],
)
async def list_similar_tracks(
    request: AnyRequest, track_id: FromPath[UUID], conn: Conn, limit: PageLimit = 20
) -> SimilarTracks:
    """List the public tracks that are similar to a track, most similar first, up to 50.

    Tracks are similar if the same members like them, and if they share tags or the genre. New
    tracks and likes are considered after some time.
    """
    found = await recommendations.list_similar_tracks(
        conn, TrackId(track_id), limit, viewer=visitor_of(request), urls=urls_of(request)
    )
    return SimilarTracks(found)


@get(
    "/users/{username:str}/similar",
    access=Access.OPTIONAL,
    scope=Scope.READ,
    importance=Importance.EXPLORATION,
    errors=[UserNotFound],
)
async def list_similar_artists(
    request: AnyRequest, username: FromPath[str], conn: Conn, limit: PageLimit = 20
) -> SimilarArtists:
    """List the artists whose tracks are similar to those of an artist, up to 30."""
    found = await recommendations.list_similar_artists_of(
        conn, username, limit, viewer=visitor_of(request)
    )
    return SimilarArtists(found)


@get("/tracks/random", access=Access.OPTIONAL, scope=Scope.READ, importance=Importance.EXPLORATION)
async def list_random_tracks(
    request: AnyRequest,
    conn: Conn,
    limit: PageLimit = 20,
    genre: _Genre = None,
    from_year: _FromYear = None,
    to_year: _ToYear = None,
) -> RandomTracks:
    """List public tracks at random, of all genres and years or of some."""
    query = RandomQuery(limit, genre, from_year, to_year)
    found = await recommendations.draw_tracks(
        conn, query, viewer=visitor_of(request), urls=urls_of(request)
    )
    return RandomTracks(found)


@get(
    "/radio",
    access=Access.OPTIONAL,
    scope=Scope.READ,
    importance=Importance.EXPLORATION,
    errors=[TrackNotFound, UserNotFound, pages.BadCursor],
)
async def play_radio(request: AnyRequest, radio_query: NamedDependency[RadioQuery]) -> RadioPage:
    """Play an endless station of a track, an artist or a genre: name one of them.

    A page has similar tracks, tracks of the genre, and a few of all others. The latest 500 tracks
    are not repeated while there are others. With the same `seed`, a station plays the same tracks,
    as long as the tracks and what is similar stay the same.
    """
    async with reading(request) as conn:
        return await radio.play_radio(
            conn, radio_query, viewer=visitor_of(request), urls=urls_of(request)
        )


router = Router(
    "/",
    route_handlers=[list_similar_tracks, list_similar_artists, list_random_tracks, play_radio],
    tags=["discovery"],
)
