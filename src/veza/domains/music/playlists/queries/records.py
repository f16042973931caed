"""A playlist is locked for each change; lists show public ones, and a member's own."""

from uuid import UUID

from veza.core.ids import ImageId, PlaylistId, UserId
from veza.core.people import appearance
from veza.core.takedowns import HIDE, RESTORE, choose_visibility, takedown_column
from veza.core.visibility import active, blocked, only_for_owner, public
from veza.domains.images.models import PicturedItem
from veza.domains.music.playlists.models.playlists import (
    PlaylistForm,
    PlaylistQuery,
    StoredPlaylist,
)
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.parameters import bind
from veza.infra.postgres.where import Where


def select_playlists(where: Where, viewer_id: UserId | None) -> str:
    """Return a select of `StoredPlaylist`, of `playlists p` and `users u`, without conditions."""
    viewer = where.bind(viewer_id)
    return f"""
        select p.id, p.owner_id, u.username, {appearance("u")} as appearance, p.title,
               p.description, p.visibility, p.owner_visibility,
               {takedown_column("playlist", "p")}, p.cover_image_id, i.palette as cover_palette,
               i.placeholder as cover_placeholder, p.rules, p.tracks_count,
               p.duration_ms, p.created_at, p.updated_at, {only_for_owner("p", "u")} as is_hidden,
               coalesce(s.expires_at <= now(), false) as has_ended,
               case when p.owner_id = {viewer} then 'owner'
                    when e.accepted_at is not null then 'editor'
                    when e.user_id is not null then 'invited'
               end as role
          from playlists p
          join users u on u.id = p.owner_id
          left join images i on i.id = p.cover_image_id
          left join playlist_shares s on s.playlist_id = p.id
          left join playlist_editors e on e.playlist_id = p.id and e.user_id = {viewer}
    """


async def count_playlists(conn: Conn, owner_id: UserId) -> int:
    sql = "select count(*) from playlists where owner_id = $1"
    return await conn.value(int, sql, owner_id) or 0


async def insert_playlist(
    tx: Tx, playlist_id: PlaylistId, owner_id: UserId, form: PlaylistForm
) -> None:
    sql = """
        insert into playlists (id, owner_id, title, description, visibility, cover_image_id, rules)
             values (:id, :owner_id, :title, :description, :visibility, :cover_image_id,
                     :rules)
    """
    await tx.run(*bind(sql, form, id=playlist_id, owner_id=owner_id))


async def find_playlist(
    conn: Conn, playlist_id: PlaylistId, viewer_id: UserId | None
) -> StoredPlaylist | None:
    where = Where()
    select = select_playlists(where, viewer_id)
    where.add("p.id = {}", playlist_id)
    return await conn.maybe(StoredPlaylist, f"{select} {where.sql}", *where.values)


async def lock_playlist(
    tx: Tx, playlist_id: PlaylistId, viewer_id: UserId
) -> StoredPlaylist | None:
    """Lock a playlist: every change of its entries and editors waits here."""
    where = Where()
    select = select_playlists(where, viewer_id)
    where.add("p.id = {}", playlist_id)
    sql = f"{select} {where.sql} for no key update of p"
    return await tx.maybe(StoredPlaylist, sql, *where.values)


async def list_playlists(
    conn: Conn, query: PlaylistQuery, viewer_id: UserId | None
) -> list[StoredPlaylist]:
    """Return a page, newest first, and the first row of the next page."""
    where = Where()
    select = select_playlists(where, viewer_id)
    if query.owner_id is None:
        where.add(f"{public('p')} and {active('u')}")
        where.add(f"not {blocked(where.bind_optional(viewer_id), 'p.owner_id')}")
    elif query.with_shared:
        shared = "p.id in (select playlist_id from playlist_editors where user_id = {})"
        where.add(
            f"(p.owner_id = {{}} or not {only_for_owner('p', 'u')} and {shared})",
            query.owner_id,
            query.owner_id,
        )
    else:
        where.add(f"p.owner_id = {{}} and {public('p')} and {active('u')}", query.owner_id)
    if query.cursor is not None:
        where.add("(p.created_at, p.id) < ({}, {})", query.cursor.created_at, query.cursor.id)
    sql = f"""
        {select}
        {where.sql}
         order by p.created_at desc, p.id desc
         limit {query.limit + 1:d}
    """
    return await conn.all(StoredPlaylist, sql, *where.values)


async def list_playable(
    conn: Conn, viewer_id: UserId, *, limit: int, public_limit: int
) -> list[StoredPlaylist]:
    """Return the playlists that a member owns or edits, and the newest public ones."""
    where = Where()
    select = select_playlists(where, viewer_id)
    viewer = where.bind(viewer_id)
    where.add(f"""
        p.id in (select id from playlists where owner_id = {viewer}
                  union all
                 select playlist_id from playlist_editors
                  where user_id = {viewer} and accepted_at is not null
                  union all
                 (select id from playlists where {public("playlists")}
                   order by created_at desc, id desc limit {public_limit:d}))
    """)
    where.add(f"(not {only_for_owner('p', 'u')} or p.owner_id = {viewer})")
    where.add(
        f"(e.user_id is not null or not {blocked(where.bind_optional(viewer_id), 'p.owner_id')})"
    )
    sql = f"""
        {select}
        {where.sql}
         order by p.owner_id <> {viewer} and e.user_id is null, p.created_at desc, p.id desc
         limit {limit:d}
    """
    return await conn.all(StoredPlaylist, sql, *where.values)


async def update_playlist(tx: Tx, playlist_id: PlaylistId, form: PlaylistForm) -> None:
    sql = f"""
        update playlists
           set title = :title, description = :description,
               {choose_visibility(":visibility")},
               cover_image_id = :cover_image_id, rules = :rules, updated_at = now()
         where id = :id
    """
    await tx.run(*bind(sql, form, id=playlist_id))


async def find_covered(conn: Conn, content_id: UUID) -> PicturedItem | None:
    """Return a playlist that has a cover, by its id or that of the cover."""
    sql = """
        select id, owner_id, title, cover_image_id as image_id
          from playlists
         where (id = $1 or cover_image_id = $1) and cover_image_id is not null
    """
    return await conn.maybe(PicturedItem, sql, content_id)


async def update_cover(tx: Tx, playlist_id: UUID, image_id: ImageId | None) -> None:
    """Show another cover, or none. `updated_at` stays, as nothing is new."""
    sql = "update playlists set cover_image_id = $2 where id = $1"
    await tx.run(sql, playlist_id, image_id)


async def update_taken_down(tx: Tx, playlist_id: PlaylistId) -> None:
    """Hide a playlist, and keep what its owner chose. `updated_at` stays, as nothing is new."""
    sql = f"""
        update playlists
           set {HIDE}
         where id = $1 and owner_visibility is null
    """
    await tx.run(sql, playlist_id)


async def update_restored(tx: Tx, playlist_id: PlaylistId) -> None:
    """Give a playlist back the visibility that its owner chose."""
    sql = f"""
        update playlists
           set {RESTORE}
         where id = $1 and owner_visibility is not null
    """
    await tx.run(sql, playlist_id)


async def delete_playlist(tx: Tx, playlist_id: PlaylistId) -> None:
    await tx.run("delete from playlists where id = $1", playlist_id)


async def delete_playlists_of(tx: Tx, owner_id: UserId) -> None:
    await tx.run("delete from playlists where owner_id = $1", owner_id)


async def list_personal_playlists(conn: Conn, user_id: UserId) -> list[StoredPlaylist]:
    """Return the playlists that a member owns or edits, ordered by id."""
    where = Where()
    select = select_playlists(where, user_id)
    where.add("(p.owner_id = {} or e.user_id is not null)", user_id)
    sql = f"{select} {where.sql} order by p.id"
    return await conn.every(StoredPlaylist, sql, *where.values)


async def update_owner(tx: Tx, owner_id: UserId, into_id: UserId) -> None:
    """Give all playlists of a page to another profile."""
    await tx.run("update playlists set owner_id = $2 where owner_id = $1", owner_id, into_id)
