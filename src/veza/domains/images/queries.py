"""Every SQL statement of the domain, one function each."""

from collections.abc import Sequence
from uuid import UUID

from veza.core.ids import ImageId, UserId
from veza.domains.images.models import LockedImage, OwnImage
from veza.infra.db import Conn, Tx
from veza.infra.where import Where


async def lock_images(tx: Tx, owner_id: UserId, image_ids: Sequence[ImageId]) -> list[LockedImage]:
    """Those of some images that belong to somebody."""
    sql = """
        select id, width, height, used_at is not null as is_used
          from images
         where id = any($2) and owner_id = $1
         order by id
           for update
    """
    return await tx.all(LockedImage, sql, owner_id, image_ids)


async def update_used(tx: Tx, image_ids: Sequence[ImageId], *, is_public: bool) -> None:
    sql = "update images set used_at = now(), is_public = $2 where id = any($1)"
    await tx.run(sql, image_ids, is_public)


async def delete_images(tx: Tx, image_ids: Sequence[ImageId]) -> list[ImageId]:
    """Give which of them were there."""
    sql = "delete from images where id = any($1) returning id"
    return [ImageId(deleted) for deleted in await tx.column(UUID, sql, image_ids)]


async def list_images_of(conn: Conn, owner_id: UserId, after: ImageId | None) -> list[OwnImage]:
    """Somebody's images in the order of their ids, 500 at a time."""
    where = Where()
    where.add("owner_id = {}", owner_id)
    if after is not None:
        where.add("id > {}", after)
    sql = f"""
        select id, width, height, size_bytes, created_at, used_at
          from images
        {where.sql}
         order by id
         limit 500
    """
    return await conn.all(OwnImage, sql, *where.values)
