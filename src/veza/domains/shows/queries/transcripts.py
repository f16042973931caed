"""An episode has one transcript, stored as WebVTT."""

from veza.core.ids import TrackId, UserId
from veza.domains.shows.models.keys import StoredTranscript
from veza.infra.postgres.database import Conn, Tx


async def find_transcript(conn: Conn, track_id: TrackId) -> str | None:
    sql = "select content from episode_transcripts where track_id = $1"
    return await conn.value(str, sql, track_id)


async def upsert_transcript(tx: Tx, track_id: TrackId, content: str) -> None:
    """Store the transcript of an episode, in place of the one that it has."""
    sql = """
        insert into episode_transcripts (track_id, content) values ($1, $2)
        on conflict (track_id) do update set content = excluded.content, updated_at = now()
    """
    await tx.run(sql, track_id, content)


async def delete_transcript(tx: Tx, track_id: TrackId) -> bool:
    """Delete the transcript of an episode; return whether it had one."""
    return await tx.run("delete from episode_transcripts where track_id = $1", track_id) > 0


async def list_personal(conn: Conn, owner_id: UserId) -> list[StoredTranscript]:
    """Return the transcripts of a profile's episodes."""
    sql = """
        select x.track_id, x.content, x.updated_at
          from shows s
          join episodes e on e.show_id = s.id
          join episode_transcripts x on x.track_id = e.track_id
         where s.owner_id = $1
         order by x.track_id
    """
    return await conn.every(StoredTranscript, sql, owner_id)
