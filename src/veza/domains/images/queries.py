"""Only the owner's own images are locked to be shown; unused ones are deleted by age."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from veza.core.ids import ImageId, UserId
from veza.core.takedowns import ItemCopy
from veza.core.text_mining import reserved
from veza.core.visibility import suspended
from veza.domains.images.models import ExportedImage, ImageFile, LockedImage, StoredImage
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.parameters import bind
from veza.infra.postgres.where import Where


async def count_unused(conn: Conn, owner_id: UserId) -> int:
    """Count the images of a member that aren't shown."""
    sql = "select count(*) from images where owner_id = $1 and used_at is null"
    return await conn.value(int, sql, owner_id) or 0


async def insert_image(tx: Tx, image_id: ImageId, owner_id: UserId, file: ImageFile) -> None:
    sql = """
        insert into images (id, owner_id, width, height, size_bytes, palette, placeholder, hash,
                            small_bytes)
             values (:id, :owner_id, :width, :height, :size_bytes, :palette, :placeholder, :hash,
                     :small_bytes)
    """
    await tx.run(*bind(sql, file, id=image_id, owner_id=owner_id))


async def find_image(conn: Conn, image_id: ImageId) -> StoredImage | None:
    sql = f"""
        select i.id, i.owner_id, i.is_public, {suspended("u")} or i.is_taken_down as is_hidden,
               i.size_bytes, i.created_at, {reserved("i.owner_id")} as is_reserved
          from images i
          join users u on u.id = i.owner_id
         where i.id = $1
    """
    return await conn.maybe(StoredImage, sql, image_id)


async def lock_images(tx: Tx, owner_id: UserId, image_ids: Sequence[ImageId]) -> list[LockedImage]:
    """Lock those of the given images that belong to the member."""
    sql = """
        select id, width, height, used_at is not null as is_used, hash
          from images
         where id = any($2) and owner_id = $1
         order by id
           for update
    """
    return await tx.all(LockedImage, sql, owner_id, image_ids)


async def update_used(tx: Tx, image_ids: Sequence[ImageId], *, is_public: bool) -> None:
    sql = "update images set used_at = now(), is_public = $2 where id = any($1)"
    await tx.run(sql, image_ids, is_public)


async def find_owner_taken_down(conn: Conn, image_id: ImageId) -> UserId | None:
    sql = "select owner_id from images where id = $1 and is_taken_down"
    found = await conn.value(UUID, sql, image_id)
    return None if found is None else UserId(found)


async def update_taken_down(tx: Tx, image_ids: Sequence[ImageId], *, is_taken_down: bool) -> None:
    sql = "update images set is_taken_down = $2 where id = any($1)"
    await tx.run(sql, image_ids, is_taken_down)


async def delete_images(tx: Tx, image_ids: Sequence[ImageId]) -> list[ImageId]:
    """Return the ids of those that existed."""
    sql = "delete from images where id = any($1) returning id"
    return [ImageId(deleted) for deleted in await tx.column(UUID, sql, image_ids)]


async def delete_unused(tx: Tx, age: timedelta) -> list[ImageId]:
    """Delete up to 500 images that are older and were not shown; return their ids."""
    sql = """
        delete from images
              where id in (
                  select id
                    from images
                   where used_at is null and created_at < now() - $1::interval
                   order by created_at
                   limit 500
                     for update skip locked
              )
          returning id
    """
    return [ImageId(deleted) for deleted in await tx.column(UUID, sql, age)]


async def list_without_placeholder(conn: Conn, after: ImageId | None) -> list[ImageId]:
    """Return up to 100 shown images without a placeholder, in the order of their ids."""
    where = Where("placeholder is null and used_at is not null")
    if after is not None:
        where.add("id > {}", after)
    sql = f"select id from images {where.sql} order by id limit 100"
    return [ImageId(found) for found in await conn.column(UUID, sql, *where.values)]


async def update_placeholder(tx: Tx, image_id: ImageId, placeholder: str) -> None:
    await tx.run("update images set placeholder = $2 where id = $1", image_id, placeholder)


async def list_same(conn: Conn, image_id: UUID) -> list[ItemCopy]:
    """Return the pictures that others show to everybody and that have the hash of an image."""
    sql = """
        select 'image' as content_type, o.id as content_id, '' as title, u.username as owner_name,
               false as same_file, 1.0::real as share, null as category
          from images i
          join images o on o.hash = i.hash and o.owner_id <> i.owner_id
          join users u on u.id = o.owner_id
         where i.id = $1 and o.is_public and o.used_at is not null and not o.is_taken_down
         order by o.id
         limit 10
    """
    return await conn.all(ItemCopy, sql, image_id)


async def count_images(conn: Conn) -> dict[str, int]:
    """Return the number of images, and the size of their files."""
    sql = """
        select count(*) as total, coalesce(sum(size_bytes), 0)::bigint as files_bytes
          from images
    """
    return await conn.counts(sql)


async def list_images_of(conn: Conn, owner_id: UserId) -> list[ExportedImage]:
    """Return a member's images in the order of their ids."""
    sql = """
        select id, width, height, size_bytes, created_at, used_at
          from images
         where owner_id = $1
         order by id
    """
    return await conn.every(ExportedImage, sql, owner_id)


async def update_owner(tx: Tx, owner_id: UserId, into_id: UserId) -> None:
    """Give the images of a page to another profile, but for its own picture and banner."""
    sql = """
        update images
           set owner_id = $2
         where owner_id = $1
           and id not in (select unnest(array_remove(array[p.avatar_id, p.banner_id], null))
                            from profiles p
                           where p.id = $1)
    """
    await tx.run(sql, owner_id, into_id)
