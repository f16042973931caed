"""What this domain keeps of a person: to hand out, and to erase."""

from veza.core.ids import UserId
from veza.core.personal_files import PersonalFile
from veza.domains.music.audio import queries, rules
from veza.domains.music.audio.models import OwnMedia
from veza.infra.postgres.database import Conn, Tx

# Tables that hold a person's id, or hang on one that does.
TABLES = ("track_media",)


async def export(conn: Conn, user_id: UserId) -> list[OwnMedia]:
    """Hand out what is known of the sounds that a member uploaded."""
    media: list[OwnMedia] = []
    while page := await queries.list_media_of(conn, user_id, media[-1].track_id if media else None):
        media += page
    return media


async def list_files(conn: Conn, user_id: UserId) -> list[PersonalFile]:
    """List the sounds that a member uploaded, as they came, and the covers."""
    files: list[PersonalFile] = []
    for sound in await export(conn, user_id):
        track_id = sound.track_id
        name = f"{track_id}-{sound.filename}"
        files.append(PersonalFile(name, rules.original_key(track_id), sound.original_size))
        if sound.cover_size is not None:
            key = rules.rendition_key(track_id, rules.COVER)
            files.append(PersonalFile(f"covers/{track_id}.jpg", key, sound.cover_size))
    return files


async def erase(tx: Tx, user_id: UserId) -> None:
    """Have no sound that was sold be called after who uploaded it.

    All others go with their tracks, the files upon `TrackDeleted`.
    """
    await queries.update_nameless(tx, user_id)
