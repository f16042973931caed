"""Every SQL statement of the domain, one function each."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from msgspec import structs

from veza.core.ids import UserId
from veza.domains.platform.quotas.models import Drift, Kind, NewReservation, Standing, Usage
from veza.infra.postgres.database import Conn, Tx

# What members hold, row by row: contents that they hold in several files once.
_HELD = """
    contents as (
        select owner_id, sha256, max(size_bytes) as size
          from (
                   select owner_id, sha256, size_bytes
                     from file_versions where owner_id = any($1)
                    union all
                   select owner_id, sha256, size_bytes
                     from parcels where owner_id = any($1)
               ) as had
         group by owner_id, sha256
    ), held as (
        select owner_id, 'tracks' as kind, held_bytes as size, 1 as object
          from track_media where owner_id = any($1)
         union all
        select owner_id, 'images', size_bytes, 1
          from images where owner_id = any($1) and size_bytes is not null
         union all
        select owner_id, 'product_files', size_bytes, 1
          from product_files where owner_id = any($1)
         union all
        select owner_id, 'gear_documents', size_bytes, 1
          from gear_documents where owner_id = any($1)
         union all
        select owner_id, 'files', size, 0 from contents
         union all
        select owner_id, 'files', 0, 1 from files where owner_id = any($1)
    ),
"""


async def lock_member(tx: Tx, user_id: UserId) -> bool:
    """Lock a member against other uploads; False where they are gone or suspended."""
    sql = "select id from users where id = $1 and suspended_at is null for no key update"
    return await tx.value(UUID, sql, user_id) is not None


async def find_standing(conn: Conn, user_id: UserId, kind: Kind, own_id: UUID) -> Standing:
    """Return what a member keeps and has reserved, without the reservation `own_id`."""
    sql = """
        select coalesce(min(u.bytes), 0)::bigint as bytes,
               coalesce(min(u.objects), 0)::bigint as objects,
               coalesce(sum(r.bytes) filter (where r.kind = $2), 0)::bigint as reserved_bytes,
               count(r.id) filter (where r.kind = $2) as reserved_objects,
               count(r.id) as uploads
          from (select $1::uuid as user_id) as m
          left join storage_usage u on u.user_id = m.user_id and u.kind = $2
          left join storage_reservations r
                 on r.user_id = m.user_id and r.id <> $3 and r.expires_at > clock_timestamp()
    """
    return await conn.one(Standing, sql, user_id, kind, own_id)


async def write_reservation(tx: Tx, new: NewReservation, seconds: int) -> None:
    """Reserve so many bytes for so long, in place of what the same upload had reserved."""
    sql = """
        insert into storage_reservations (id, user_id, kind, bytes, expires_at)
             values ($1, $2, $3, $4, clock_timestamp() + make_interval(secs => $5))
        on conflict (id) do update
                set bytes = excluded.bytes, expires_at = excluded.expires_at
    """
    await tx.run(sql, *structs.astuple(new), float(seconds))


async def renew_reservation(tx: Tx, reservation_id: UUID, seconds: int) -> None:
    """Have a reservation hold for so many seconds from now."""
    sql = """
        update storage_reservations
           set expires_at = clock_timestamp() + make_interval(secs => $2)
         where id = $1
    """
    await tx.run(sql, reservation_id, float(seconds))


async def delete_reservation(tx: Tx, reservation_id: UUID) -> None:
    await tx.run("delete from storage_reservations where id = $1", reservation_id)


async def delete_expired_of(tx: Tx, user_id: UserId) -> None:
    sql = "delete from storage_reservations where user_id = $1 and expires_at < now()"
    await tx.run(sql, user_id)


async def delete_expired(tx: Tx, age: timedelta) -> int:
    """Delete up to 1,000 reservations that expired longer ago; return how many."""
    sql = """
        delete from storage_reservations
              where id in (
                  select id
                    from storage_reservations
                   where expires_at < now() - $1::interval
                   order by expires_at
                   limit 1000
                     for update skip locked
              )
    """
    return await tx.run(sql, age)


async def list_usage(conn: Conn, user_id: UserId) -> list[Usage]:
    sql = "select kind, bytes, objects from storage_usage where user_id = $1 order by kind"
    return await conn.all(Usage, sql, user_id)


async def delete_of(tx: Tx, user_id: UserId) -> None:
    """Delete what is counted and reserved of a member."""
    sql = """
        with reserved as (
            delete from storage_reservations where user_id = $1
        )
        delete from storage_usage where user_id = $1
    """
    await tx.run(sql, user_id)


async def list_members(conn: Conn, after: UUID) -> list[UserId]:
    """Return members in the order of their ids, 500 at a time."""
    sql = "select id from users where id > $1 order by id limit 500"
    return [UserId(found) for found in await conn.column(UUID, sql, after)]


async def list_drifts(conn: Conn, user_ids: Sequence[UserId]) -> list[Drift]:
    """Return the counts of some members that aren't the sums of their rows."""
    sql = f"""
        with {_HELD}
        summed as (
            select owner_id as user_id, kind, sum(size)::bigint as bytes,
                   sum(object)::bigint as objects
              from held
             group by owner_id, kind
        ), counted as (
            select user_id, kind, bytes, objects from storage_usage where user_id = any($1)
        )
        select user_id, kind, coalesce(c.bytes, 0)::bigint as counted_bytes,
               coalesce(c.objects, 0)::bigint as counted_objects,
               coalesce(s.bytes, 0)::bigint as bytes, coalesce(s.objects, 0)::bigint as objects
          from counted c
          full join summed s using (user_id, kind)
         where (coalesce(c.bytes, 0), coalesce(c.objects, 0))
               <> (coalesce(s.bytes, 0), coalesce(s.objects, 0))
         order by user_id, kind
    """
    return await conn.all(Drift, sql, user_ids)
