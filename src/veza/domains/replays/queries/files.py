"""The stored parts of a member's recordings."""

from veza.core.ids import UserId
from veza.domains.replays.models import PersonalRecordingPart
from veza.infra.postgres.database import Conn


async def list_files(conn: Conn, owner_id: UserId) -> list[PersonalRecordingPart]:
    """Return all parts of a member's recordings whose sound is kept."""
    sql = """
        select p.id, p.recording_id, p.size_bytes,
               row_number() over (partition by p.recording_id order by p.offset_us) as number
          from stream_recordings r
          join stream_recording_parts p on p.recording_id = r.id
         where r.owner_id = $1 and r.size_bytes > 0
         order by p.recording_id, p.offset_us
    """
    return await conn.every(PersonalRecordingPart, sql, owner_id)
