"""Makes music for tests, by the use cases of the application."""

from pathlib import Path
from typing import Any
from uuid import UUID

from msgspec import structs

from tests.make.cloud import _read
from tests.make.people import NO_LINKS, Person, member_in
from veza.app.services import Services
from veza.core.access import Member
from veza.core.ids import (
    CreditId,
    PlaylistEntryId,
    PlaylistId,
    ReleaseId,
    ShowId,
    TrackId,
    UserId,
    new_id,
)
from veza.core.visibility import Visibility
from veza.domains.music.audio.jobs import process_track
from veza.domains.music.audio.models import ProcessTrack
from veza.domains.music.audio.service import uploads as track_uploads
from veza.domains.music.credits.models import ArtistForm, CreditedProfile, CreditForm, CreditRole
from veza.domains.music.library.models import BookmarkForm, LibrarySettings, QueueForm
from veza.domains.music.library.service import bookmarks, history, queues, ratings
from veza.domains.music.playlists.models.entries import AddedTracks
from veza.domains.music.playlists.models.playlists import PlaylistForm
from veza.domains.music.playlists.service import entries, playlists
from veza.domains.music.releases.models.forms import PlacedTrack, ReleaseForm
from veza.domains.music.releases.service import releases
from veza.domains.music.tracks.models.forms import TrackChange, TrackForm
from veza.domains.music.tracks.service import track_changes
from veza.domains.platform.uploads.models import PreparedForm
from veza.domains.shows.models.episodes import EpisodeForm
from veza.domains.shows.models.shows import ShowForm
from veza.domains.shows.service import episodes, shows
from veza.infra.postgres.database import Tx


async def track(services: Services, owner: Person, form: TrackForm, source: Path) -> TrackId:
    """Upload a file as a track and process it."""
    prepared = PreparedForm(form, source.name, _read(source.read_bytes()))
    made = await track_uploads.upload_track(
        services.uploads, services.audio_storage, owner.member, form=prepared, urls=NO_LINKS
    )
    await process_track(services.database, services.audio_storage, ProcessTrack(made.id))
    return made.id


async def bare_track(tx: Tx, owner: Member, title: str, **columns: object) -> TrackId:
    """Make a row of a track that is ready, without any sound: quick, for lists and counts."""
    track_id = TrackId(new_id())
    values: dict[str, object] = {
        "id": track_id,
        "owner_id": owner.id,
        "title": title,
        "visibility": "public",
        "status": "ready",
        "duration_ms": 180_000,
        "format": "flac",
    } | columns
    names = ", ".join(values)
    places = ", ".join(f"${n}" for n in range(1, len(values) + 1))
    await tx.run(f"insert into tracks ({names}) values ({places})", *values.values())
    return track_id


async def playlist(
    tx: Tx, owner: Member, title: str, track_id: TrackId, visibility: str = "private"
) -> tuple[PlaylistId, PlaylistEntryId]:
    """Make a playlist of one track; return its id and that of the entry."""
    form = PlaylistForm(title, visibility=Visibility(visibility))
    made = await playlists.create_playlist(tx, owner, form, NO_LINKS)
    added = await entries.add_tracks(tx, made.id, owner, AddedTracks([track_id]))
    return made.id, added.entry_ids[0]


async def release(
    tx: Tx, owner: Member, title: str, *track_ids: TrackId, **fields: object
) -> ReleaseId:
    """Make a release of tracks, which credits its owner as the producer."""
    form = ReleaseForm(
        title,
        credits=[CreditForm(CreditRole.PRODUCER, "Ada", CreditedProfile(owner.id))],
        tracks=[PlacedTrack(track_id) for track_id in track_ids],
    )
    made = await releases.create_release(tx, owner, structs.replace(form, **fields), NO_LINKS)
    return made.id


async def show(tx: Tx, owner: Member, *track_ids: TrackId, **fields: Any) -> ShowId:
    """Make a show with tracks of its owner as episodes."""
    form = ShowForm(**{"title": "Tape Hours"} | fields)
    made = await shows.create_show(tx, owner, form, NO_LINKS)
    for track_id in track_ids:
        form_of_track = EpisodeForm(track_id=track_id)
        await episodes.add_episode(tx, made.id, owner, form=form_of_track, urls=NO_LINKS)
    return made.id


async def show_import(tx: Tx, owner_id: UserId) -> None:
    """Make an import that is over, with an item that failed."""
    sql = """
        with imported as (
               insert into show_imports (id, owner_id, feed_url, code, is_published, state)
                    values (gen_random_uuid(), $1, 'https://host.example/feed', repeat('0', 32),
                            true, 'done')
                 returning id
             )
        insert into show_import_items (import_id, position, entry, state, error)
             select id, 0, '{"title": "Tape"}', 'failed', 'file_unreachable' from imported
    """
    await tx.run(sql, owner_id)


async def credit(tx: Tx, owner: Member, credited: Member, title: str) -> CreditId:
    """Make a public track whose artist is a member who has not confirmed it; return the credit."""
    track_id = await bare_track(tx, owner, title)
    change = TrackChange(artists=[ArtistForm(profile=CreditedProfile(credited.id))])
    await track_changes.update_track(tx, track_id, owner, change, NO_LINKS)
    sql = "select id from track_credits where track_id = $1"
    return CreditId((await tx.column(UUID, sql, track_id))[0])


async def library(tx: Tx, member: Member, track_id: TrackId, comment: str) -> None:
    """Make what a member keeps about a track: in every table of the library."""
    await tx.run("insert into track_history values ($1, $2)", member.id, track_id)
    await ratings.rate(tx, track_id, member, 4)
    await tx.run("insert into artist_ratings values ($1, $1, 3)", member.id)
    await bookmarks.save_bookmark(tx, track_id, member, BookmarkForm(7000, comment))
    await history.change_settings(tx, member, LibrarySettings(keep_history=False))
    await queues.save_queue(tx, member, QueueForm([track_id], "Phone", 0, current_index=0))


async def statistics(tx: Tx, artist: Member, track_id: TrackId) -> None:
    """Make figures of an artist and a track: in every table with an artist's id."""
    sql = "insert into counted_plays (artist_id, track_id) values ($1, $2)"
    await tx.run(sql, artist.id, track_id)
    values = "current_date - 9, "
    for sql, *ids in (
        (f"track_days values ($1, {values} $2, 7, 6, 1)", track_id, artist.id),
        (f"artist_days values ($1, {values} 7, 6, 1)", artist.id),
        (f"track_referrers values ($1, {values} $2, 'web', '', 7)", track_id, artist.id),
        (f"artist_referrers values ($1, {values} 'web', 'well-met.example', 7)", artist.id),
        (f"seller_days values ($1, {values} 'EUR', 'live', 1, 0, 1080)", artist.id),
    ):
        await tx.run(f"insert into {sql}", *ids)


async def similarities(
    tx: Tx, mine: tuple[Member, TrackId], theirs: tuple[Member, TrackId]
) -> None:
    """Make two tracks similar, and their artists similar to a third; all are to be computed."""
    friend, _ = await member_in(tx)
    for (artist, track_id), (_, others_track) in ((mine, theirs), (theirs, mine)):
        await tx.run("insert into track_draws (track_id) values ($1)", track_id)
        sql = "insert into similar_tracks values ($1, array[$2::uuid], '{1}', 0, 0)"
        await tx.run(sql, track_id, others_track)
        await tx.run("insert into stale_tracks values ($1, true)", track_id)
        await tx.run("insert into similar_artists values ($1, $2, 1)", artist.id, friend.id)
        await tx.run("insert into similar_artists values ($1, $2, 1)", friend.id, artist.id)
        await tx.run("insert into stale_artists values ($1)", artist.id)
