"""Cleans what is entered of an episode, and shows it with its track."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import UNSET, structs

from veza.core.clock import require_future
from veza.core.errors import FieldError, Invalid
from veza.core.ids import ShowId, TrackId
from veza.core.normalize import require_line
from veza.core.pages import Cursor
from veza.core.structs import copy_fields
from veza.core.web_links import read_link
from veza.domains.music.tracks.models.tracks import Track
from veza.domains.shows.models.episodes import (
    Chapter,
    Episode,
    EpisodeChange,
    EpisodeFields,
    EpisodeForm,
    ListedEpisode,
    StoredEpisode,
)
from veza.domains.shows.models.shows import Show

_REPEATED = "Each chapter starts at another time."


def clean(fields: EpisodeFields) -> EpisodeFields:
    """Return the fields with trimmed notes and chapters by time. Raises Invalid."""
    return copy_fields(
        EpisodeFields,
        fields,
        notes=fields.notes.strip(),
        chapters=clean_chapters(fields.chapters),
    )


def clean_chapters(chapters: Sequence[Chapter]) -> list[Chapter]:
    """Return chapters by time. Raises Invalid for blank titles, bad links, and equal times."""
    cleaned = [
        structs.replace(
            chapter,
            # Players seek by thousandths.
            start_seconds=round(chapter.start_seconds, 3),
            title=require_line(
                chapter.title, f"chapters[{place}].title", "Enter a title: it can't be blank."
            ),
            url=None
            if chapter.url is None
            else read_link(chapter.url.strip(), f"chapters[{place}].url"),
        )
        for place, chapter in enumerate(chapters)
    ]
    if len({chapter.start_seconds for chapter in cleaned}) < len(cleaned):
        raise Invalid(details=[FieldError("chapters", _REPEATED, "repeated")])
    return sorted(cleaned, key=lambda chapter: chapter.start_seconds)


def place_new(show_id: ShowId, form: EpisodeForm, moment: datetime) -> StoredEpisode:
    """Return a new episode, published now or planned. Raises Invalid."""
    require_future(form.publish_at, "publish_at", moment)
    return copy_fields(
        StoredEpisode,
        clean(form),
        track_id=form.track_id,
        show_id=show_id,
        published_at=form.publish_at or moment,
        is_planned=form.publish_at is not None,
        updated_at=moment,
        guid=None,
        has_transcript=False,
    )


def reschedule(
    episode: StoredEpisode, change: EpisodeChange, moment: datetime
) -> tuple[datetime, bool]:
    """Return when an episode is published after a change, and whether it is still planned.

    One that is published stays so. Raises Invalid for a time that is over.
    """
    if change.publish_at is UNSET or not episode.is_planned:
        return episode.published_at, episode.is_planned
    if change.publish_at is None:
        return moment, False
    require_future(change.publish_at, "publish_at", moment)
    return change.publish_at, True


def cursor_after(episode: StoredEpisode) -> Cursor:
    """Return the cursor of the episodes that were published before one."""
    return Cursor(episode.published_at, episode.track_id)


def list_episodes(
    found: Sequence[StoredEpisode], tracks: dict[TrackId, Track]
) -> list[ListedEpisode]:
    """Return the responses for those episodes whose tracks are there."""
    return [
        copy_fields(
            ListedEpisode,
            episode,
            track=tracks[episode.track_id],
            chapters_count=len(episode.chapters),
        )
        for episode in found
        if episode.track_id in tracks
    ]


def show_episode(episode: StoredEpisode, track: Track, show: Show) -> Episode:
    """Return the response for an episode."""
    return copy_fields(
        Episode, episode, track=track, show=show, chapters_count=len(episode.chapters)
    )
