"""All remembered pictures are compared: they are few, and a comparison takes 0.1 µs."""

from veza.core.ids import ModerationActionId, TakedownId
from veza.core.takedowns import decided_by_law
from veza.domains.moderation.pictures.models import KnownPicture, RememberPicture
from veza.infra.postgres.database import Conn, Tx

_LAWFUL = decided_by_law("d")


async def list_pictures(conn: Conn, action_id: ModerationActionId) -> list[RememberPicture]:
    """Return the pictures of an item that was taken down by law; of other items there are none."""
    sql = f"""
        select d.id as takedown_id, d.content_id as image_id
          from takedowns d
         where d.action_id = $1 and d.content_type in ('avatar', 'banner', 'image') and {_LAWFUL}
         union all
        select d.id, i.image_id
          from takedowns d
          join post_images i on i.post_id = d.content_id
         where d.action_id = $1 and d.content_type = 'post' and {_LAWFUL}
    """
    return await conn.all(RememberPicture, sql, action_id)


async def insert_picture(tx: Tx, takedown_id: TakedownId, picture_hash: int) -> None:
    sql = """
        insert into taken_down_pictures (takedown_id, hash)
             select d.id, $2 from takedowns d where d.id = $1
        on conflict do nothing
    """
    await tx.run(sql, takedown_id, picture_hash)


async def find_known(conn: Conn, picture_hash: int, max_distance: int) -> KnownPicture | None:
    """Return the remembered picture that is most like one with this hash, if one is like it."""
    sql = f"""
        select d.category
          from taken_down_pictures p
          join takedowns d on d.id = p.takedown_id
         where bit_count((p.hash # $1)::bit(64)) <= $2 and {_LAWFUL}
         order by bit_count((p.hash # $1)::bit(64))
         limit 1
    """
    return await conn.maybe(KnownPicture, sql, picture_hash, max_distance)
