"""A track has one row of lyrics; those of a file are stored only if it has none."""

from veza.core.ids import TrackId, UserId
from veza.domains.music.lyrics.models import PersonalLyrics, StoredLyrics
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.parameters import bind


async def find_lyrics(conn: Conn, track_id: TrackId) -> StoredLyrics | None:
    sql = "select plain, synced from track_lyrics where track_id = $1"
    return await conn.maybe(StoredLyrics, sql, track_id)


async def insert_lyrics(tx: Tx, track_id: TrackId, lyrics: StoredLyrics) -> None:
    """Store the lyrics of a track that has none."""
    sql = """
        insert into track_lyrics (track_id, plain, synced) values (:track_id, :plain, :synced)
        on conflict do nothing
    """
    await tx.run(*bind(sql, lyrics, track_id=track_id))


async def update_lyrics(tx: Tx, track_id: TrackId, lyrics: StoredLyrics) -> None:
    """Store the lyrics of a track, in place of those that it has."""
    sql = """
        insert into track_lyrics (track_id, plain, synced) values (:track_id, :plain, :synced)
        on conflict (track_id) do update
                set plain = excluded.plain, synced = excluded.synced, updated_at = now()
    """
    await tx.run(*bind(sql, lyrics, track_id=track_id))


async def delete_lyrics(tx: Tx, track_id: TrackId) -> bool:
    """Delete the lyrics of a track; return whether it had any."""
    return await tx.run("delete from track_lyrics where track_id = $1", track_id) > 0


async def delete_lyrics_of(tx: Tx, owner_id: UserId) -> None:
    sql = """
        delete from track_lyrics l
              using tracks t
              where t.id = l.track_id and t.owner_id = $1
    """
    await tx.run(sql, owner_id)


async def list_lyrics_of(conn: Conn, owner_id: UserId) -> list[PersonalLyrics]:
    """Return the lyrics of a member's tracks."""
    sql = """
        select l.track_id, l.plain, l.synced
          from tracks t
          join track_lyrics l on l.track_id = t.id
         where t.owner_id = $1
         order by t.id
    """
    return await conn.every(PersonalLyrics, sql, owner_id)
