"""Lists the audio and the cover of a reported track for staff."""

from uuid import UUID

from veza.core.ids import TrackId
from veza.core.reviews import ReviewedFile, review_cover, review_track
from veza.core.signed_urls import UrlBuilder
from veza.core.visibility import TrackStatus
from veza.domains.music.audio import queries
from veza.infra.postgres.database import Conn


async def list_reviewed(conn: Conn, content_id: UUID, urls: UrlBuilder) -> list[ReviewedFile]:
    """Return the audio of a track, and its cover."""
    media = await queries.find_media(conn, TrackId(content_id))
    if media is None or media.status is not TrackStatus.READY:
        return []
    sound = review_track(media.track_id, media.title, urls)
    return [sound, *await list_covers(conn, content_id, urls)]


async def list_covers(conn: Conn, content_id: UUID, urls: UrlBuilder) -> list[ReviewedFile]:
    """Return the own cover of a track; nothing if it has none."""
    found = await queries.find_covered(conn, content_id)
    return [] if found is None else [review_cover(found.track_id, found.title, urls)]
