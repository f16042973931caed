"""Owners replace the lyrics of a track; those in a file's tags never replace others."""

from veza.core.access import Member
from veza.core.embedded_tags import EmbeddedTags
from veza.core.ids import TrackId
from veza.domains.music.lyrics import queries, rules
from veza.domains.music.lyrics.errors import LyricsNotFound
from veza.domains.music.lyrics.models import Lyrics, LyricsForm
from veza.domains.music.tracks.service import visible_tracks
from veza.infra.postgres.database import Conn, Tx


async def get_lyrics(conn: Conn, track_id: TrackId, viewer: Member | None) -> Lyrics:
    """Return the lyrics of a track. Raises TrackNotFound and LyricsNotFound."""
    await visible_tracks.get_visible(conn, track_id, viewer and viewer.id)
    stored = await queries.find_lyrics(conn, track_id)
    if stored is None:
        raise LyricsNotFound
    return rules.show_lyrics(stored)


async def replace_lyrics(tx: Tx, track_id: TrackId, member: Member, form: LyricsForm) -> Lyrics:
    """Store the lyrics of a track of the caller. Raises TrackNotFound and NotYourTrack."""
    stored = rules.clean_form(form)
    await visible_tracks.lock_own(tx, track_id, member)
    await queries.update_lyrics(tx, track_id, stored)
    return rules.show_lyrics(stored)


async def delete_lyrics(tx: Tx, track_id: TrackId, member: Member) -> None:
    """Delete the lyrics of a track of the caller.

    Raises TrackNotFound, NotYourTrack and LyricsNotFound.
    """
    await visible_tracks.lock_own(tx, track_id, member)
    if not await queries.delete_lyrics(tx, track_id):
        raise LyricsNotFound


async def store_embedded(tx: Tx, track_id: TrackId, tags: EmbeddedTags) -> None:
    """Store the lyrics in a file's tags, unless the track has lyrics. The caller locked it."""
    stored = rules.read_embedded(tags.lyrics, tags.synced_lyrics)
    if stored is not None:
        await queries.insert_lyrics(tx, track_id, stored)
