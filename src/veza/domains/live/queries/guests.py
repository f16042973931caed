"""People who are named as the audience of a stream, or who entered its password."""

from collections.abc import Sequence
from datetime import datetime

from veza.core.ids import ProductId, StreamId, UserId
from veza.core.visibility import active, blocked
from veza.domains.live.models.audiences import NamedGuest, StreamGuest
from veza.domains.live.models.exports import ExportedInvitation
from veza.infra.postgres.database import Conn, Tx


async def is_barred(conn: Conn, stream_id: StreamId, viewer_id: UserId) -> bool:
    """Return whether a member watches nothing of an owner: either blocks the other, or a ban."""
    sql = f"""
        select {blocked("$2", "s.owner_id")}
               or not exists (select from users v where v.id = $2 and {active("v")})
          from streams s
         where s.id = $1
    """
    return await conn.value(bool, sql, stream_id, viewer_id) or False


async def list_guests(conn: Conn, stream_ids: Sequence[StreamId]) -> list[StreamGuest]:
    """Return who is named for streams: at most 100 for each."""
    sql = """
        select g.stream_id, g.user_id, u.username
          from stream_guests g
          join users u on u.id = g.user_id
         where g.stream_id = any($1) and g.is_named
         order by u.username
    """
    return await conn.all(StreamGuest, sql, list(stream_ids))


async def lock_named(
    tx: Tx, usernames: Sequence[str], stream_id: StreamId | None
) -> list[NamedGuest]:
    """Lock members who are named, and return their ids and names.

    Suspended ones stay named for a stream that has them, so that its owner can save the others.
    """
    sql = f"""
        select u.id, u.username
          from users u
         where u.username_key = any($1)
           and ({active("u")}
                or exists (select from stream_guests g
                            where g.stream_id = $2 and g.user_id = u.id and g.is_named))
         order by u.id
           for key share
    """
    return await tx.all(NamedGuest, sql, [each.lower() for each in usernames], stream_id)


async def lock_product(tx: Tx, owner_id: UserId, product_id: ProductId) -> bool:
    """Prevent the deletion of a product of a member; return False if there is no such product."""
    sql = "select true from products where id = $1 and seller_id = $2 for key share"
    return await tx.value(bool, sql, product_id, owner_id) or False


async def update_named(tx: Tx, stream_id: StreamId, user_ids: Sequence[UserId]) -> None:
    """Replace who is named for a locked stream. Who entered its password stays admitted by it."""
    sql = """
        delete from stream_guests
         where stream_id = $1 and not user_id = any($2) and password_version is null
    """
    await tx.run(sql, stream_id, list(user_ids))
    sql = """
        update stream_guests
           set is_named = false
         where stream_id = $1 and not user_id = any($2) and is_named
    """
    await tx.run(sql, stream_id, list(user_ids))
    sql = """
        insert into stream_guests (stream_id, user_id, is_named)
             select $1, id, true from unnest($2::uuid[]) as named (id) order by id
        on conflict (stream_id, user_id) do update set is_named = true
    """
    await tx.run(sql, stream_id, list(user_ids))


async def insert_unlocked(
    tx: Tx, stream_id: StreamId, user_id: UserId, version: int, expires_at: datetime
) -> None:
    """Record that a member entered the password of a stream."""
    sql = """
        insert into stream_guests (stream_id, user_id, password_version, expires_at)
             values ($1, $2, $3, $4)
        on conflict (stream_id, user_id) do update
                set password_version = excluded.password_version, expires_at = excluded.expires_at
    """
    await tx.run(sql, stream_id, user_id, version, expires_at)


async def delete_expired(tx: Tx) -> int:
    """Forget up to 1,000 members whose password has to be entered again, unless they are named."""
    kept = """
        update stream_guests
           set password_version = null, expires_at = null
         where (stream_id, user_id) in (
               select stream_id, user_id from stream_guests
                where expires_at < now() and is_named limit 1000)
    """
    sql = """
        delete from stream_guests
         where (stream_id, user_id) in (
               select stream_id, user_id from stream_guests
                where expires_at < now() and not is_named limit 1000)
    """
    return await tx.run(kept) + await tx.run(sql)


async def list_invitations(conn: Conn, user_id: UserId) -> list[ExportedInvitation]:
    """Return all streams for which a member was named, or whose password they entered."""
    sql = """
        select g.stream_id, s.title, g.is_named, g.created_at
          from stream_guests g
          join streams s on s.id = g.stream_id
         where g.user_id = $1
         order by g.created_at desc, g.stream_id
    """
    return await conn.every(ExportedInvitation, sql, user_id)


async def update_guest(tx: Tx, user_id: UserId, into_id: UserId) -> None:
    """Put another profile in a page's place where it was named, or entered the password.

    One that is a guest itself becomes named where the page was.
    """
    sql = """
        update stream_guests o
           set is_named = true
          from stream_guests g
         where g.user_id = $1 and g.is_named
           and o.stream_id = g.stream_id and o.user_id = $2 and not o.is_named
    """
    await tx.run(sql, user_id, into_id)
    sql = """
        update stream_guests g
           set user_id = $2
         where g.user_id = $1
           and not exists (select from stream_guests o
                            where o.stream_id = g.stream_id and o.user_id = $2)
    """
    await tx.run(sql, user_id, into_id)


async def delete_guest(tx: Tx, user_id: UserId) -> None:
    await tx.run("delete from stream_guests where user_id = $1", user_id)
