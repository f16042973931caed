"""Owners are locked before releases."""

from uuid import UUID

from veza.core.ids import ImageId, ReleaseId, UserId
from veza.core.people import appearance
from veza.core.takedowns import CHOSEN_VISIBILITY, HIDE, RESTORE, choose_visibility, takedown_column
from veza.core.visibility import admitted, blocked, listed_release, only_for_owner
from veza.domains.images.models import PicturedItem
from veza.domains.music.credits.shared_queries import release_credits
from veza.domains.music.releases.models.forms import ReleaseMetadata
from veza.domains.music.releases.models.releases import (
    PersonalRelease,
    StoredRelease,
)
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.parameters import bind
from veza.infra.postgres.where import Where

# What everybody may see in lists, unless the owner is suspended.
IS_LISTED = listed_release("r")

_TRACKS = "from release_tracks e join tracks t on t.id = e.track_id where e.release_id = r.id"
_COLUMNS = f"""
    r.id, r.owner_id, u.username, {appearance("u")} as appearance, r.title, r.artist_name, r.kind,
    r.description, r.label,
    r.catalogue_number, r.upc, r.genre, r.tags, r.release_date, r.visibility,
    r.tier_id, r.owner_visibility, {takedown_column("release", "r")}, r.publish_at, r.published_at,
    r.cover_image_id, r.tracks_count, r.duration_ms, r.likes_count, r.created_at, r.updated_at,
    {release_credits("r")}, r.listed_at,
    (select i.palette from images i where i.id = r.cover_image_id) as cover_palette,
    (select i.placeholder from images i where i.id = r.cover_image_id) as cover_placeholder,
    coalesce((select bool_or(t.is_explicit) {_TRACKS}), false) as is_explicit,
    (select case when bool_and(t.ai = 'whole') then 'whole'
                 when bool_or(t.ai <> 'none') then 'parts'
                 else 'none'
             end {_TRACKS}) as ai
"""


def select_columns(where: Where, viewer_id: UserId | None) -> str:
    """Return the columns of `StoredRelease`, of `releases r` and `users u`."""
    viewer = where.bind_optional(viewer_id)
    hidden = f"{only_for_owner('r', 'u')} or {blocked(viewer, 'r.owner_id')}"
    is_admitted = admitted(viewer, "r.owner_id", "r.tier_id")
    liked = "false"
    if viewer_id is not None:
        liked = f"""exists (select from release_likes k
                            where k.release_id = r.id and k.user_id = {where.bind(viewer_id)})
        """
    return f"{_COLUMNS}, {hidden} as is_hidden, {is_admitted} as is_admitted, {liked} as liked"


async def lock_owner(tx: Tx, owner_id: UserId) -> bool:
    """Lock a member before their releases and tracks; False if deleted."""
    sql = "select true from users where id = $1 for no key update"
    return await tx.value(bool, sql, owner_id) or False


async def count_releases(conn: Conn, owner_id: UserId) -> int:
    sql = "select count(*) from releases where owner_id = $1"
    return await conn.value(int, sql, owner_id) or 0


async def insert_release(
    tx: Tx, release_id: ReleaseId, owner_id: UserId, form: ReleaseMetadata
) -> None:
    sql = """
        insert into releases (id, owner_id, title, artist_name, kind, description, label,
                              catalogue_number, upc, genre, tags, release_date, visibility, tier_id,
                              publish_at, cover_image_id)
             values (:id, :owner_id, :title, :artist_name, :kind, :description, :label,
                     :catalogue_number, :upc, :genre, :tags, :release_date, :visibility, :tier_id,
                     :publish_at, :cover_image_id)
    """
    await tx.run(*bind(sql, form, id=release_id, owner_id=owner_id))


async def find_release(
    conn: Conn, release_id: ReleaseId, viewer_id: UserId | None
) -> StoredRelease | None:
    where = Where()
    columns = select_columns(where, viewer_id)
    where.add("r.id = {}", release_id)
    sql = f"select {columns} from releases r join users u on u.id = r.owner_id {where.sql}"
    return await conn.maybe(StoredRelease, sql, *where.values)


async def lock_release(
    tx: Tx, release_id: ReleaseId, viewer_id: UserId | None
) -> StoredRelease | None:
    where = Where()
    columns = select_columns(where, viewer_id)
    where.add("r.id = {}", release_id)
    sql = f"""
        select {columns}
          from releases r
          join users u on u.id = r.owner_id
        {where.sql} for no key update of r
    """
    return await tx.maybe(StoredRelease, sql, *where.values)


async def update_release(tx: Tx, release_id: ReleaseId, form: ReleaseMetadata) -> None:
    sql = f"""
        update releases
           set title = :title, artist_name = :artist_name, kind = :kind,
               description = :description, label = :label, catalogue_number = :catalogue_number,
               upc = :upc, genre = :genre, tags = :tags, release_date = :release_date,
               {choose_visibility(":visibility")},
               tier_id = :tier_id, publish_at = :publish_at, cover_image_id = :cover_image_id,
               updated_at = now()
         where id = :id
    """
    await tx.run(*bind(sql, form, id=release_id))


async def find_covered(conn: Conn, content_id: UUID) -> PicturedItem | None:
    """Return a release that has a cover, by its id or that of the cover."""
    sql = """
        select id, owner_id, title, cover_image_id as image_id
          from releases
         where (id = $1 or cover_image_id = $1) and cover_image_id is not null
    """
    return await conn.maybe(PicturedItem, sql, content_id)


async def update_cover(tx: Tx, release_id: UUID, image_id: ImageId | None) -> None:
    """Show another cover, or none. `updated_at` stays, as nothing is new."""
    sql = "update releases set cover_image_id = $2 where id = $1"
    await tx.run(sql, release_id, image_id)


async def update_taken_down(tx: Tx, release_id: ReleaseId) -> None:
    """Hide a release, and keep what its owner chose. `updated_at` stays, as nothing is new."""
    sql = f"""
        update releases
           set {HIDE}
         where id = $1 and owner_visibility is null
    """
    await tx.run(sql, release_id)


async def update_restored(tx: Tx, release_id: ReleaseId) -> None:
    """Give a release back the visibility that its owner chose."""
    sql = f"""
        update releases
           set {RESTORE}
         where id = $1 and owner_visibility is not null
    """
    await tx.run(sql, release_id)


async def update_artist_name(tx: Tx, release_id: ReleaseId, artist_name: str | None) -> None:
    sql = "update releases set artist_name = $2, updated_at = now() where id = $1"
    await tx.run(sql, release_id, artist_name)


async def delete_release(tx: Tx, release_id: ReleaseId) -> None:
    await tx.run("delete from releases where id = $1", release_id)


async def delete_releases_of(tx: Tx, owner_id: UserId) -> list[ImageId]:
    """Delete the releases of a member; return their covers."""
    sql = """
        with deleted as (delete from releases where owner_id = $1 returning cover_image_id)
        select cover_image_id from deleted where cover_image_id is not null
    """
    return [ImageId(cover) for cover in await tx.column(UUID, sql, owner_id)]


async def list_personal_releases(conn: Conn, owner_id: UserId) -> list[PersonalRelease]:
    """Return the releases of a member, ordered by id."""
    sql = f"""
        select id, title, artist_name, kind, description, label, catalogue_number, upc, genre, tags,
               release_date, {CHOSEN_VISIBILITY} as visibility, tier_id, publish_at,
               published_at, cover_image_id, tracks_count, duration_ms, likes_count, created_at,
               updated_at
          from releases
         where owner_id = $1
         order by id
    """
    return await conn.every(PersonalRelease, sql, owner_id)


async def update_owner(tx: Tx, owner_id: UserId, into_id: UserId) -> None:
    """Give all releases of a page to another profile; naming the artist again sorts them anew."""
    sql = "update releases set owner_id = $2, artist_name = artist_name where owner_id = $1"
    await tx.run(sql, owner_id, into_id)
