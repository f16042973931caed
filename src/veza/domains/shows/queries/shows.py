"""A show is locked for each change; lists show public ones, and a profile's own."""

from uuid import UUID

from veza.core.ids import ImageId, ShowId, UserId
from veza.core.people import appearance
from veza.core.takedowns import HIDE, RESTORE, choose_visibility, takedown_column
from veza.core.text_mining import reserved
from veza.core.visibility import active, blocked, only_for_owner, public, wanted_show
from veza.domains.images.models import PicturedItem
from veza.domains.shows.models.shows import ShowForm, ShowQuery, StoredShow
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.parameters import bind
from veza.infra.postgres.where import Where


def select_shows(viewer: str | None) -> str:
    """Return a select of `StoredShow`, of `shows s` and `users u`, without conditions."""
    return f"""
        select s.id, s.owner_id, u.username, {appearance("u")} as appearance, s.guid, s.title,
               s.description, s.language, s.category, s.kind, s.is_explicit, s.funding, s.license,
               s.owner_text, s.moved_to, s.visibility, s.owner_visibility,
               {takedown_column("show", "s")}, s.cover_image_id, i.palette as cover_palette,
               i.placeholder as cover_placeholder, s.created_at, s.updated_at,
               {reserved("s.owner_id")} as is_reserved,
               {only_for_owner("s", "u")} or {blocked(viewer, "s.owner_id")} as is_hidden
          from shows s
          join users u on u.id = s.owner_id
          left join images i on i.id = s.cover_image_id
    """


async def lock_owner(tx: Tx, owner_id: UserId) -> bool:
    """Lock a profile, so that concurrent requests keep to its limits; False if deleted."""
    sql = "select true from users where id = $1 for no key update"
    return await tx.value(bool, sql, owner_id) or False


async def count_shows(conn: Conn, owner_id: UserId) -> int:
    return await conn.value(int, "select count(*) from shows where owner_id = $1", owner_id) or 0


async def insert_show(
    tx: Tx, show_id: ShowId, owner_id: UserId, guid: UUID, form: ShowForm
) -> None:
    sql = """
        insert into shows (id, owner_id, guid, title, description, language, category, kind,
                           is_explicit, funding, license, owner_text, moved_to, visibility,
                           cover_image_id)
             values (:id, :owner_id, :guid, :title, :description, :language, :category, :kind,
                     :is_explicit, :funding, :license, :owner_text, :moved_to, :visibility,
                     :cover_image_id)
    """
    await tx.run(*bind(sql, form, id=show_id, owner_id=owner_id, guid=guid))


async def find_show(conn: Conn, show_id: ShowId, viewer_id: UserId | None) -> StoredShow | None:
    where = Where()
    select = select_shows(where.bind_optional(viewer_id))
    where.add("s.id = {}", show_id)
    return await conn.maybe(StoredShow, f"{select} {where.sql}", *where.values)


async def lock_show(tx: Tx, show_id: ShowId) -> StoredShow | None:
    """Lock a show: every change of its episodes waits here."""
    sql = f"{select_shows(None)} where s.id = $1 for no key update of s"
    return await tx.maybe(StoredShow, sql, show_id)


async def list_shows(conn: Conn, query: ShowQuery, viewer_id: UserId | None) -> list[StoredShow]:
    """Return a page, newest first, and the first row of the next page."""
    where = Where()
    viewer = where.bind_optional(viewer_id)
    select = select_shows(viewer)
    if query.owner_id is not None:
        where.add("s.owner_id = {}", query.owner_id)
    if not query.with_hidden:
        where.add(f"{public('s')} and {active('u')}")
    where.add(wanted_show("s", viewer))
    if query.owner_id is None:
        where.add(f"not {blocked(viewer, 's.owner_id')}")
    where.add_cursor("s.created_at, s.id", query.cursor)
    sql = f"""
        {select}
        {where.sql}
         order by s.created_at desc, s.id desc
         limit {query.limit + 1:d}
    """
    return await conn.all(StoredShow, sql, *where.values)


async def update_show(tx: Tx, show_id: ShowId, form: ShowForm) -> None:
    sql = f"""
        update shows
           set title = :title, description = :description, language = :language,
               category = :category, kind = :kind, is_explicit = :is_explicit, funding = :funding,
               license = :license, owner_text = :owner_text, moved_to = :moved_to,
               {choose_visibility(":visibility")},
               cover_image_id = :cover_image_id, updated_at = now()
         where id = :id
    """
    await tx.run(*bind(sql, form, id=show_id))


async def touch_show(tx: Tx, show_id: ShowId) -> None:
    """Store that the episodes of a show have changed."""
    await tx.run("update shows set updated_at = now() where id = $1", show_id)


async def find_covered(conn: Conn, content_id: UUID) -> PicturedItem | None:
    """Return a show that has a cover, by its id or that of the cover."""
    sql = """
        select id, owner_id, title, cover_image_id as image_id
          from shows
         where (id = $1 or cover_image_id = $1) and cover_image_id is not null
    """
    return await conn.maybe(PicturedItem, sql, content_id)


async def update_cover(tx: Tx, show_id: UUID, image_id: ImageId | None) -> None:
    """Show another cover, or none. `updated_at` stays, as nothing is new."""
    await tx.run("update shows set cover_image_id = $2 where id = $1", show_id, image_id)


async def update_taken_down(tx: Tx, show_id: ShowId) -> None:
    """Hide a show, and keep what its owner chose. `updated_at` stays, as nothing is new."""
    sql = f"update shows set {HIDE} where id = $1 and owner_visibility is null"
    await tx.run(sql, show_id)


async def update_restored(tx: Tx, show_id: ShowId) -> None:
    """Give a show back the visibility that its owner chose."""
    sql = f"update shows set {RESTORE} where id = $1 and owner_visibility is not null"
    await tx.run(sql, show_id)


async def delete_show(tx: Tx, show_id: ShowId) -> None:
    await tx.run("delete from shows where id = $1", show_id)


async def delete_shows_of(tx: Tx, owner_id: UserId) -> list[ImageId]:
    """Delete the shows of a profile; return their covers."""
    sql = """
        with deleted as (delete from shows where owner_id = $1 returning cover_image_id)
        select cover_image_id from deleted where cover_image_id is not null
    """
    return await tx.column(ImageId, sql, owner_id)


async def list_personal(conn: Conn, owner_id: UserId) -> list[StoredShow]:
    """Return all shows of a profile, ordered by id."""
    sql = f"{select_shows(None)} where s.owner_id = $1 order by s.id"
    return await conn.every(StoredShow, sql, owner_id)


async def update_owner(tx: Tx, owner_id: UserId, into_id: UserId) -> None:
    """Give all shows of a page to another profile."""
    await tx.run("update shows set owner_id = $2 where owner_id = $1", owner_id, into_id)
