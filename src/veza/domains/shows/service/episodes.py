"""Tracks become episodes, at once or as planned; who may hear one is decided by its track."""

from datetime import datetime

from veza.core.access import Member
from veza.core.clock import now
from veza.core.errors import required
from veza.core.ids import ShowId, TrackId
from veza.core.pages import cut
from veza.core.signed_urls import UrlBuilder
from veza.core.structs import merge
from veza.domains.music.tracks.errors import TrackNotFound
from veza.domains.music.tracks.service import track_changes, visible_tracks
from veza.domains.shows.errors import (
    EpisodeNotFound,
    IsEpisode,
    ShowNotFound,
    TooManyEpisodes,
    TranscriptNotFound,
)
from veza.domains.shows.models.episodes import (
    MAX_EPISODES,
    Episode,
    EpisodeChange,
    EpisodeFields,
    EpisodeForm,
    EpisodePage,
    EpisodeQuery,
    EpisodeRef,
    EpisodeViewer,
    StoredEpisode,
)
from veza.domains.shows.models.shows import StoredShow
from veza.domains.shows.queries import episodes as queries
from veza.domains.shows.queries import shows as show_queries
from veza.domains.shows.queries import transcripts
from veza.domains.shows.rules import episodes as rules
from veza.domains.shows.rules.shows import show_show
from veza.domains.shows.service import shows
from veza.infra.postgres.database import Conn, Tx


async def add_episode(
    tx: Tx, show_id: ShowId, member: Member, *, form: EpisodeForm, urls: UrlBuilder
) -> Episode:
    """Make a track of the caller an episode of their show.

    Raises ShowNotFound, NotYourShow, TrackNotFound, NotYourTrack, IsEpisode and TooManyEpisodes.
    """
    episode = rules.place_new(show_id, form, now())
    await visible_tracks.lock_own(tx, form.track_id, member)
    await shows.lock_own(tx, show_id, member)
    if await queries.count_episodes(tx, show_id) >= MAX_EPISODES:
        raise TooManyEpisodes
    if not await queries.insert_episode(tx, episode):
        raise IsEpisode
    await show_queries.touch_show(tx, show_id)
    return await get_episode(tx, EpisodeRef(show_id, form.track_id), viewer=member, urls=urls)


async def list_episodes(
    conn: Conn,
    show_id: ShowId,
    query: EpisodeQuery,
    *,
    viewer: Member | None,
    urls: UrlBuilder,
) -> EpisodePage:
    """Return a page of the episodes that the viewer may hear. Raises ShowNotFound."""
    show = await shows.find_visible(conn, show_id, viewer)
    found = await queries.list_episodes(conn, show_id, _viewer_of(show, viewer), query)
    page, following = cut(found, query.limit, rules.cursor_after)
    track_ids = [episode.track_id for episode in page]
    tracks = await visible_tracks.find_visible_tracks(conn, track_ids, viewer, urls)
    return EpisodePage(rules.list_episodes(page, tracks), following, following is not None)


async def get_episode(
    conn: Conn, ref: EpisodeRef, *, viewer: Member | None, urls: UrlBuilder
) -> Episode:
    """Return an episode. Raises ShowNotFound and EpisodeNotFound."""
    show = await shows.find_visible(conn, ref.show_id, viewer)
    episode = await _find_visible(conn, show, ref.track_id, viewer)
    try:
        track = await visible_tracks.get_track(conn, ref.track_id, viewer, urls)
    except TrackNotFound as error:
        raise EpisodeNotFound from error
    return rules.show_episode(episode, track, show_show(show, urls))


async def find_episode_of(
    conn: Conn, track_id: TrackId, *, viewer: Member | None, urls: UrlBuilder
) -> Episode:
    """Return the episode that a track is. Raises EpisodeNotFound, also if its show is hidden."""
    show_id = required(await queries.find_show_of(conn, track_id), EpisodeNotFound)
    try:
        return await get_episode(conn, EpisodeRef(show_id, track_id), viewer=viewer, urls=urls)
    except ShowNotFound as error:
        raise EpisodeNotFound from error


async def update_episode(
    tx: Tx,
    ref: EpisodeRef,
    *,
    member: Member,
    change: EpisodeChange,
    urls: UrlBuilder,
) -> Episode:
    """Change an episode of the caller's show; one that is planned may be published now.

    One whose track is processed, or taken down, stays planned, and is published once that is over.
    """
    await visible_tracks.lock_own(tx, ref.track_id, member)
    episode = await _lock_own(tx, ref, member)
    fields = rules.clean(merge(EpisodeFields, episode, change))
    published_at, is_planned = rules.reschedule(episode, change, now())
    if episode.is_planned and not is_planned:
        is_planned = not await queries.is_publishable(tx, ref.track_id)
    await queries.update_episode(tx, ref.track_id, fields, published_at, is_planned=is_planned)
    if episode.is_planned and not is_planned:
        await _publish_track(tx, ref.track_id)
    await show_queries.touch_show(tx, ref.show_id)
    return await get_episode(tx, ref, viewer=member, urls=urls)


async def delete_episode(tx: Tx, ref: EpisodeRef, member: Member) -> None:
    """Take an episode off the caller's show. Its track stays, without chapters and transcript."""
    await shows.lock_own(tx, ref.show_id, member)
    if not await queries.delete_episode(tx, ref.show_id, ref.track_id):
        raise EpisodeNotFound
    await show_queries.touch_show(tx, ref.show_id)


async def publish_due(tx: Tx, track_id: TrackId, moment: datetime) -> bool:
    """Publish a planned episode if it is due at a moment; return False if not, or if it is gone.

    Its track becomes public, unless it is for members of a tier.
    """
    if not await queries.lock_track(tx, track_id):
        return False
    show_id = await queries.update_published(tx, track_id, moment)
    if show_id is None:
        return False
    await _publish_track(tx, track_id)
    await show_queries.touch_show(tx, show_id)
    return True


async def get_transcript(conn: Conn, ref: EpisodeRef, viewer: Member | None) -> str:
    """Return the transcript of an episode. Raises EpisodeNotFound and TranscriptNotFound."""
    show = await shows.find_visible(conn, ref.show_id, viewer)
    await _find_visible(conn, show, ref.track_id, viewer)
    content = await transcripts.find_transcript(conn, ref.track_id)
    return required(content, TranscriptNotFound)


async def replace_transcript(tx: Tx, ref: EpisodeRef, *, member: Member, content: str) -> None:
    """Store WebVTT, as the server writes it, as the transcript of an episode of the caller."""
    await _lock_own(tx, ref, member)
    await transcripts.upsert_transcript(tx, ref.track_id, content)
    await show_queries.touch_show(tx, ref.show_id)


async def delete_transcript(tx: Tx, ref: EpisodeRef, member: Member) -> None:
    """Delete the transcript of an episode of the caller. Raises TranscriptNotFound."""
    await _lock_own(tx, ref, member)
    if not await transcripts.delete_transcript(tx, ref.track_id):
        raise TranscriptNotFound
    await show_queries.touch_show(tx, ref.show_id)


async def _publish_track(tx: Tx, track_id: TrackId) -> None:
    """Make the locked track of an episode public, unless it is for members or taken down."""
    if await queries.becomes_public(tx, track_id):
        await track_changes.publish_tracks(tx, [track_id])


async def _lock_own(tx: Tx, ref: EpisodeRef, member: Member) -> StoredEpisode:
    await shows.lock_own(tx, ref.show_id, member)
    return required(await queries.find_episode(tx, ref.show_id, ref.track_id), EpisodeNotFound)


async def _find_visible(
    conn: Conn, show: StoredShow, track_id: TrackId, viewer: Member | None
) -> StoredEpisode:
    found = await queries.find_audible(conn, show.id, track_id, _viewer_of(show, viewer))
    return required(found, EpisodeNotFound)


def _viewer_of(show: StoredShow, viewer: Member | None) -> EpisodeViewer:
    viewer_id = viewer and viewer.id
    return EpisodeViewer(viewer_id, is_owner=viewer_id == show.owner_id)
