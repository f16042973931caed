"""An invitation stays as it is when repeated; suspended editors are not listed."""

from veza.core.ids import PlaylistId, UserId
from veza.core.people import person_columns
from veza.core.visibility import active
from veza.domains.music.playlists.models.playlists import PlaylistEditor
from veza.infra.postgres.database import Conn, Tx


async def lock_owner(tx: Tx, owner_id: UserId) -> bool:
    """Lock a member, so that concurrent requests keep to their limits; False if deleted."""
    sql = "select true from users where id = $1 for no key update"
    return await tx.value(bool, sql, owner_id) or False


async def lock_member(tx: Tx, user_id: UserId) -> bool:
    """Prevent the deletion of a member; False if they are deleted or suspended."""
    sql = f"select true from users where id = $1 and {active()} for key share"
    return await tx.value(bool, sql, user_id) or False


async def upsert_editor(tx: Tx, playlist_id: PlaylistId, user_id: UserId) -> bool:
    """Invite a member; return False if they are invited, which stays as it is."""
    sql = """
        insert into playlist_editors (playlist_id, user_id)
             values ($1, $2)
        on conflict do nothing
    """
    return await tx.run(sql, playlist_id, user_id) == 1


async def update_accepted(tx: Tx, playlist_id: PlaylistId, user_id: UserId) -> bool:
    """Store the acceptance; return False if there is one."""
    sql = """
        update playlist_editors
           set accepted_at = now()
         where playlist_id = $1 and user_id = $2 and accepted_at is null
    """
    return await tx.run(sql, playlist_id, user_id) == 1


async def delete_editor(tx: Tx, playlist_id: PlaylistId, user_id: UserId) -> bool:
    """Return False if the member is neither an editor nor invited."""
    sql = "delete from playlist_editors where playlist_id = $1 and user_id = $2"
    return await tx.run(sql, playlist_id, user_id) == 1


async def delete_editor_everywhere(tx: Tx, user_id: UserId) -> None:
    await tx.run("delete from playlist_editors where user_id = $1", user_id)


async def list_editors(conn: Conn, playlist_id: PlaylistId) -> list[PlaylistEditor]:
    """Return the editors and invited members who are not suspended, by invitation."""
    sql = f"""
        select {person_columns("u")}, e.invited_at, e.accepted_at
          from playlist_editors e
          join users u on u.id = e.user_id and {active("u")}
         where e.playlist_id = $1
         order by e.invited_at, u.id
    """
    return await conn.all(PlaylistEditor, sql, playlist_id)


async def count_editors(conn: Conn, playlist_id: PlaylistId) -> int:
    sql = "select count(*) from playlist_editors where playlist_id = $1"
    return await conn.value(int, sql, playlist_id) or 0


async def update_editor(tx: Tx, user_id: UserId, into_id: UserId) -> None:
    """Make another profile the editor where a page was one; its own playlists need none."""
    sql = """
        delete from playlist_editors e
         using playlists p
         where p.id = e.playlist_id and p.owner_id = $1 and e.user_id = $1
    """
    await tx.run(sql, into_id)
    sql = """
        update playlist_editors e
           set user_id = $2
          from playlists p
         where e.user_id = $1 and p.id = e.playlist_id and p.owner_id <> $2
           and not exists (select from playlist_editors o
                            where o.playlist_id = e.playlist_id and o.user_id = $2)
    """
    await tx.run(sql, user_id, into_id)
