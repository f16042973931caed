"""Exports originals and covers; erasing removes names from files that were sold."""

from veza.core.ids import UserId
from veza.domains.contributions import PersonalFile
from veza.domains.music.audio import queries, rules
from veza.infra.postgres.database import Conn, Tx

# Tables with a person's id, or with a reference to such a table.
TABLES = ("track_media",)

export = queries.list_media_of


async def list_files(conn: Conn, user_id: UserId) -> list[PersonalFile]:
    """Return the original files and the covers of a member's tracks."""
    files: list[PersonalFile] = []
    for sound in await export(conn, user_id):
        track_id = sound.track_id
        name = f"{track_id}-{sound.filename}"
        files.append(PersonalFile(name, rules.original_key(track_id), sound.original_size))
        # An image that was chosen later is among the member's images.
        if sound.cover_size is not None and sound.cover_image_id is None:
            key = rules.rendition_key(track_id, rules.COVER)
            files.append(PersonalFile(f"covers/{track_id}.jpg", key, sound.cover_size))
    return files


async def erase(tx: Tx, user_id: UserId) -> None:
    """Remove the member's name from the file names of tracks that were sold.

    All others are deleted with their tracks, and their files on `TrackDeleted`.
    """
    await queries.update_anonymous(tx, user_id)


async def move(tx: Tx, user_id: UserId, into_id: UserId) -> None:
    """Give the originals of a page to another profile."""
    await queries.update_owner(tx, user_id, into_id)
