"""Lyrics, by the use cases of `music/lyrics`."""

from uuid import UUID

from veza.core.ids import TrackId
from veza.domains.music.lyrics import service as lyrics
from veza.domains.music.lyrics.errors import LyricsNotFound
from veza.domains.music.lyrics.models import Lyrics
from veza.domains.music.tracks.service import track_lists
from veza.domains.subsonic.models.system import LyricsList, PlayerLyricsLine, StructuredLyrics
from veza.domains.subsonic.models.viewer import Viewer
from veza.domains.subsonic.rules.items import line_of
from veza.domains.subsonic.service import songs
from veza.infra.postgres.database import Conn

# The language of lyrics is not stored.
_UNKNOWN_LANGUAGE = "xxx"


async def get_lyrics(
    conn: Conn, viewer: Viewer, track_id: UUID, *, is_enhanced: bool = False
) -> LyricsList:
    """Return the lyrics of a song: those with times, if there are some, and the plain ones.

    With `is_enhanced` they say that they are neither a translation nor a transcription. There are
    no times of words: none are stored. Raises ItemNotFound.
    """
    row = await songs.get_row(conn, viewer, track_id)
    found = await _find(conn, viewer, row.id)
    if found is None:
        return LyricsList(structured_lyrics=[])
    timed = [
        PlayerLyricsLine(start=round(line.start_seconds * 1000), value=line.text)
        for line in found.lines or ()
    ]
    plain = [PlayerLyricsLine(value=line) for line in found.plain.splitlines()]
    shown = [
        StructuredLyrics(
            lang=_UNKNOWN_LANGUAGE,
            synced=lines is timed,
            display_artist=line_of(row),
            display_title=row.title,
            line=lines,
            kind="main" if is_enhanced else None,
        )
        for lines in (timed, plain)
        if lines
    ]
    return LyricsList(structured_lyrics=shown)


async def find_text(conn: Conn, viewer: Viewer, artist: str, title: str) -> str:
    """Return the lyrics of a song by its artist and title; empty if there are none."""
    for name in await track_lists.list_tracks_named(conn, [title], viewer.member):
        known = (name.username, name.owner_name, name.artist_name)
        names = {each.casefold() for each in known if each}
        if artist.casefold() in names:
            found = await _find(conn, viewer, name.id)
            if found is not None:
                return found.plain
    return ""


async def _find(conn: Conn, viewer: Viewer, track_id: TrackId) -> Lyrics | None:
    try:
        return await lyrics.get_lyrics(conn, track_id, viewer.member)
    except LyricsNotFound:
        return None
