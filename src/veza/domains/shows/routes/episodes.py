"""Owners make tracks episodes of their shows; listeners read lists, chapters and transcripts."""

import asyncio
from typing import Annotated
from uuid import UUID

from litestar import Router, delete, get, post, put
from litestar.params import FromPath, JSONBody, QueryParameter

from veza.core import pages
from veza.core.access import Access, Scope
from veza.core.activities import Activity
from veza.core.ids import ShowId, TrackId
from veza.core.profiles import Right
from veza.domains.music.tracks.errors import NotYourTrack, TrackNotFound
from veza.domains.platform.text_filters.errors import TextRefused
from veza.domains.platform.text_filters.service import TextFilters
from veza.domains.shows import errors
from veza.domains.shows.models.episodes import (
    MAX_TRANSCRIPT_LENGTH,
    Episode,
    EpisodeChange,
    EpisodeForm,
    EpisodePage,
    EpisodeQuery,
    EpisodeRef,
    Transcript,
    TranscriptForm,
)
from veza.domains.shows.service import episodes, transcripts
from veza.http.dependencies import (
    AnyRequest,
    Conn,
    Tx,
    database_of,
    expensive_work,
    reading,
    viewer_of,
    visitor_of,
)
from veza.http.expensive import SEARCH
from veza.http.requests.query_parameters import CursorText, PageLimit, read_cursor
from veza.http.responses.envelope import Deleted
from veza.http.security.signed_urls import urls_of
from veza.http.services import service_of
from veza.infra.concurrency.fair_limiter import ServerBusy

_EPISODES = "/shows/{show_id:uuid}/episodes"
_EPISODE = f"{_EPISODES}/{{track_id:uuid}}"
_TRANSCRIPT = f"{_EPISODE}/transcript"
_FILTERED_TEXTS = ("notes", "chapters")
# Staff takes the track of an episode down, and with it all that is written of the episode.
_REPORTED = "track"
_NOT_FOUND = [errors.ShowNotFound, errors.EpisodeNotFound]
_OWN = [*_NOT_FOUND, errors.NotYourShow]

_Season = Annotated[int | None, QueryParameter(ge=1, le=9999, description="Of one season only.")]


@post(
    _EPISODES,
    access=Access.USER,
    activity=Activity.EDIT,
    scope=Scope.WRITE,
    errors=[
        errors.ShowNotFound,
        errors.NotYourShow,
        errors.IsEpisode,
        errors.TooManyEpisodes,
        TrackNotFound,
        NotYourTrack,
        TextRefused,
    ],
)
async def add_episode(
    request: AnyRequest, show_id: FromPath[UUID], data: JSONBody[EpisodeForm], tx: Tx
) -> Episode:
    """Make a track of yours an episode of your show.

    The track keeps its title, cover and visibility: whoever may hear it sees the episode. With
    `publish_at` nobody else sees the episode until then; keep the track private meanwhile. It
    becomes public then, unless it is for members of a tier.
    """
    member = viewer_of(request)
    screening = service_of(request, TextFilters).screen(member, data, *_FILTERED_TEXTS)
    episode = await episodes.add_episode(
        tx, ShowId(show_id), member, form=data, urls=urls_of(request)
    )
    await screening.report(tx, _REPORTED, data.track_id)
    return episode


@get(
    _EPISODES,
    access=Access.OPTIONAL,
    scope=Scope.READ,
    errors=[errors.ShowNotFound, pages.BadCursor],
)
async def list_episodes(
    request: AnyRequest,
    show_id: FromPath[UUID],
    conn: Conn,
    limit: PageLimit = 20,
    cursor: CursorText = None,
    season: _Season = None,
) -> EpisodePage:
    """List the episodes of a show that you may hear, the latest published first."""
    query = EpisodeQuery(limit, read_cursor(cursor), season)
    return await episodes.list_episodes(
        conn, ShowId(show_id), query, viewer=visitor_of(request), urls=urls_of(request)
    )


@get(_EPISODE, access=Access.OPTIONAL, scope=Scope.READ, errors=_NOT_FOUND)
async def show_episode(
    request: AnyRequest, show_id: FromPath[UUID], track_id: FromPath[UUID], conn: Conn
) -> Episode:
    """Get an episode, with its notes and chapters."""
    return await episodes.get_episode(
        conn,
        _ref(show_id, track_id),
        viewer=visitor_of(request),
        urls=urls_of(request),
    )


@get(
    "/tracks/{track_id:uuid}/episode",
    access=Access.OPTIONAL,
    scope=Scope.READ,
    errors=[errors.EpisodeNotFound],
)
async def show_episode_of_track(
    request: AnyRequest, track_id: FromPath[UUID], conn: Conn
) -> Episode:
    """Get the episode that a track is."""
    return await episodes.find_episode_of(
        conn, TrackId(track_id), viewer=visitor_of(request), urls=urls_of(request)
    )


@put(
    _EPISODE,
    access=Access.USER,
    activity=Activity.EDIT,
    scope=Scope.WRITE,
    errors=[*_OWN, TrackNotFound, NotYourTrack, TextRefused],
)
async def update_episode(
    request: AnyRequest,
    show_id: FromPath[UUID],
    track_id: FromPath[UUID],
    data: JSONBody[EpisodeChange],
    tx: Tx,
) -> Episode:
    """Change an episode of your show. Omitted fields keep their values."""
    member = viewer_of(request)
    screening = service_of(request, TextFilters).screen(member, data, *_FILTERED_TEXTS)
    episode = await episodes.update_episode(
        tx, _ref(show_id, track_id), member=member, change=data, urls=urls_of(request)
    )
    await screening.report(tx, _REPORTED, track_id)
    return episode


@delete(_EPISODE, access=Access.USER, scope=Scope.WRITE, status_code=200, errors=_OWN)
async def delete_episode(
    request: AnyRequest, show_id: FromPath[UUID], track_id: FromPath[UUID], tx: Tx
) -> Deleted:
    """Take an episode off your show. Its track stays; its chapters and transcript are deleted."""
    await episodes.delete_episode(tx, _ref(show_id, track_id), viewer_of(request))
    return Deleted(track_id)


@get(
    _TRANSCRIPT,
    access=Access.OPTIONAL,
    scope=Scope.READ,
    expensive=SEARCH,
    errors=[*_NOT_FOUND, errors.TranscriptNotFound],
)
async def show_transcript(
    request: AnyRequest, show_id: FromPath[UUID], track_id: FromPath[UUID]
) -> Transcript:
    """Get the transcript of an episode."""
    async with expensive_work(request, SEARCH):
        async with reading(request) as conn:
            ref = _ref(show_id, track_id)
            content = await episodes.get_transcript(conn, ref, visitor_of(request))
        return Transcript(await transcripts.read_cues(content))


@put(
    _TRANSCRIPT,
    access=Access.USER,
    activity=Activity.EDIT,
    scope=Scope.WRITE,
    # As JSON, in which a line break has two characters.
    request_max_body_size=2 * MAX_TRANSCRIPT_LENGTH,
    errors=[*_OWN, TextRefused, ServerBusy],
)
async def replace_transcript(
    request: AnyRequest,
    show_id: FromPath[UUID],
    track_id: FromPath[UUID],
    data: JSONBody[TranscriptForm],
) -> Transcript:
    """Set the transcript of an episode of your show: WebVTT or SRT, of at most 1 MiB."""
    member, filters = viewer_of(request), service_of(request, TextFilters)
    async with expensive_work(request, SEARCH):
        # In a thread, not in pieces: a phrase may go on wherever the text is cut.
        screening = await asyncio.to_thread(filters.screen, member, data, "transcript")
        cues = await transcripts.read_cues(data.transcript)
        content = await transcripts.write_vtt(cues)
    async with database_of(request).transaction() as tx:
        ref = _ref(show_id, track_id)
        await episodes.replace_transcript(tx, ref, member=member, content=content)
        await screening.report(tx, _REPORTED, track_id)
    return Transcript(cues)


@delete(
    _TRANSCRIPT,
    access=Access.USER,
    scope=Scope.WRITE,
    status_code=200,
    errors=[*_OWN, errors.TranscriptNotFound],
)
async def delete_transcript(
    request: AnyRequest, show_id: FromPath[UUID], track_id: FromPath[UUID], tx: Tx
) -> Deleted:
    """Delete the transcript of an episode of your show."""
    await episodes.delete_transcript(tx, _ref(show_id, track_id), viewer_of(request))
    return Deleted(track_id)


def _ref(show_id: UUID, track_id: UUID) -> EpisodeRef:
    return EpisodeRef(ShowId(show_id), TrackId(track_id))


router = Router(
    "/",
    route_handlers=[
        add_episode,
        list_episodes,
        show_episode,
        show_episode_of_track,
        update_episode,
        delete_episode,
        show_transcript,
        replace_transcript,
        delete_transcript,
    ],
    tags=["shows"],
    opt={"right": Right.PUBLISH},
)
