"""Versions of splits: one is accepted and one open for each product, release and profile."""

from collections.abc import Sequence
from uuid import UUID

from veza.core.ids import ProductId, ReleaseId, SplitId, UserId
from veza.core.people import person_fields
from veza.core.visibility import active, blocked
from veza.domains.marketplace.splits.models import (
    WHOLE,
    FormerSplit,
    NewSplit,
    OwnSplit,
    SplitsQuery,
    SplitTarget,
    StoredSplit,
)
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.where import Where

_PARTS = f"""
           (select jsonb_agg(jsonb_build_object(
                       'profile_id', p.party_id, 'parts_per_10000', p.parts_per_10000,
                       'profile', case when u.id is not null
                                       then jsonb_build_object({person_fields("u")}) end)
                       order by p.position)
              from split_parts p
              left join users u on u.id = p.party_id
             where p.split_id = s.id) as parts
"""
_SELECT_SPLITS = f"""
    select s.id, s.product_id, s.release_id, s.profile_id, s.status, s.created_at, s.accepted_at,
           {_PARTS},
           array(select a.party_id
                   from split_acceptances a
                  where a.split_id = s.id
                  order by a.party_id) as accepted_by
      from splits s
"""


async def find_accepted(
    conn: Conn, target: SplitTarget, inherited_id: ReleaseId | None
) -> StoredSplit | None:
    """Return the version that holds: that of a product itself, or else that of its release."""
    sql = f"""
        {_SELECT_SPLITS}
         where s.status = 'accepted'
           and (s.product_id = $1 or s.release_id in ($2, $4) or s.profile_id = $3)
         order by s.product_id is null
         limit 1
    """
    return await conn.maybe(StoredSplit, sql, *_ids_of(target), inherited_id)


async def list_accepted(conn: Conn, product_ids: Sequence[ProductId]) -> dict[str, StoredSplit]:
    """Return the versions by which products are sold now, by the product's id."""
    sql = f"""
        select coalesce(jsonb_object_agg(p.id, to_jsonb(held)), '{{}}')
          from products p
          cross join lateral (
              {_SELECT_SPLITS}
               where s.status = 'accepted'
                 and (s.product_id = p.id or s.release_id = p.release_id)
               order by s.product_id is null
               limit 1
          ) held
         where p.id = any($1)
    """
    return await conn.value(dict[str, StoredSplit], sql, product_ids) or {}


async def list_accepted_support(
    conn: Conn, profile_ids: Sequence[UserId]
) -> dict[UserId | None, StoredSplit]:
    """Return the versions by which the support of profiles is split now, by the profile's id."""
    sql = f"{_SELECT_SPLITS} where s.status = 'accepted' and s.profile_id = any($1)"
    held = await conn.all(StoredSplit, sql, profile_ids)
    return {split.profile_id: split for split in held}


async def find_open(conn: Conn, target: SplitTarget) -> StoredSplit | None:
    """Return the version that is proposed, or was declined."""
    sql = f"""
        {_SELECT_SPLITS}
         where s.status in ('proposed', 'declined')
           and (s.product_id = $1 or s.release_id = $2 or s.profile_id = $3)
    """
    return await conn.maybe(StoredSplit, sql, *_ids_of(target))


async def list_former(
    conn: Conn, target: SplitTarget, party_id: UserId | None
) -> list[FormerSplit]:
    """Return the latest 20 versions that held before, or those of them with a part of a party."""
    where = Where()
    where.add("s.status = 'replaced'")
    where.add("(s.product_id = {} or s.release_id = {} or s.profile_id = {})", *_ids_of(target))
    where.add_filter(
        "exists (select from split_parts o where o.split_id = s.id and o.party_id = {})", party_id
    )
    sql = f"""
        select s.id, s.accepted_at, {_PARTS}
          from splits s
        {where.sql}
         order by s.accepted_at desc, s.id desc
         limit 20
    """
    return await conn.all(FormerSplit, sql, *where.values)


async def lock_open(tx: Tx, target: SplitTarget) -> None:
    """Lock the open version of what is locked itself, against the erasure of a party."""
    sql = """
        select id
          from splits
         where status in ('proposed', 'declined')
           and (product_id = $1 or release_id = $2 or profile_id = $3)
           for update
    """
    await tx.column(UUID, sql, *_ids_of(target))


async def lock_parties(tx: Tx, owner_id: UserId, profile_ids: Sequence[UserId]) -> list[UserId]:
    """Lock those of the profiles that an owner can name, against their erasure."""
    sql = f"""
        select u.id
          from users u
         where u.id = any($2) and (u.id = $1 or {active("u")} and not {blocked("$1", "u.id")})
         order by u.id
           for key share of u
    """
    return [UserId(found) for found in await tx.column(UUID, sql, owner_id, profile_ids)]


async def lock_existing(tx: Tx, profile_ids: Sequence[UserId]) -> list[UserId]:
    """Lock those of the profiles that weren't erased."""
    sql = "select id from users where id = any($1) order by id for key share"
    return [UserId(found) for found in await tx.column(UUID, sql, profile_ids)]


async def insert_split(tx: Tx, split: NewSplit) -> None:
    sql = "insert into splits (id, product_id, release_id, profile_id) values ($1, $2, $3, $4)"
    await tx.run(sql, split.id, *_ids_of(split.target))


async def insert_parts(tx: Tx, split: NewSplit) -> None:
    sql = """
        insert into split_parts (split_id, position, party_id, parts_per_10000)
             select $1, g.position, g.party_id, g.parts_per_10000
               from unnest($2::uuid[], $3::integer[]) with ordinality
                    as g (party_id, parts_per_10000, position)
    """
    profile_ids = [part.profile_id for part in split.parts]
    await tx.run(sql, split.id, profile_ids, [part.parts_per_10000 for part in split.parts])


async def insert_acceptance(tx: Tx, split_id: SplitId, party_id: UserId) -> None:
    sql = """
        insert into split_acceptances (split_id, party_id) values ($1, $2) on conflict do nothing
    """
    await tx.run(sql, split_id, party_id)


async def delete_split(tx: Tx, split_id: SplitId) -> None:
    await tx.run("delete from splits where id = $1", split_id)


async def update_declined(tx: Tx, split_id: SplitId) -> None:
    await tx.run("update splits set status = 'declined' where id = $1", split_id)


async def update_replaced(tx: Tx, target: SplitTarget) -> None:
    """End the version that holds for a product, a release or a profile itself."""
    sql = """
        update splits
           set status = 'replaced'
         where status = 'accepted' and (product_id = $1 or release_id = $2 or profile_id = $3)
    """
    await tx.run(sql, *_ids_of(target))


async def update_accepted(tx: Tx, split_id: SplitId) -> None:
    sql = "update splits set status = 'accepted', accepted_at = now() where id = $1"
    await tx.run(sql, split_id)


async def list_own(conn: Conn, member_id: UserId, query: SplitsQuery) -> list[OwnSplit]:
    """Return what a member has a part of, or is to have one, newest first."""
    sql = f"""
        with named as (
            select distinct s.product_id, s.release_id, s.profile_id
              from split_parts p
              join splits s on s.id = p.split_id
             where p.party_id = $1 and s.status in ('proposed', 'accepted')
        )
        select n.product_id, n.release_id, n.profile_id,
               coalesce(d.title, r.title, f.display_name, f.username) as title,
               case when a.id is null and $1 in (d.seller_id, r.owner_id, f.id) then {WHOLE:d}
                    else coalesce(h.parts_per_10000, 0)
                end as own_parts,
               case when o.id is not null then coalesce(w.parts_per_10000, 0) end as proposed_parts,
               exists (select from split_acceptances c
                        where c.split_id = o.id and c.party_id = $1) as has_accepted
          from named n
          left join products d on d.id = n.product_id
          left join releases r on r.id = n.release_id
          left join users f on f.id = n.profile_id
          left join lateral (
                select s.id
                  from splits s
                 where s.status = 'accepted'
                   and (s.product_id = n.product_id
                        or s.release_id in (n.release_id, d.release_id)
                        or s.profile_id = f.id)
                 order by s.product_id is null
                 limit 1
               ) a on true
          left join split_parts h on h.split_id = a.id and h.party_id = $1
          left join splits o
            on o.status = 'proposed'
           and (o.product_id = d.id or o.release_id = r.id or o.profile_id = f.id)
          left join split_parts w on w.split_id = o.id and w.party_id = $1
         order by coalesce(n.product_id, n.release_id, n.profile_id) desc
         limit {query.limit:d} offset {query.offset:d}
    """
    return await conn.all(OwnSplit, sql, member_id)


def _ids_of(target: SplitTarget) -> tuple[ProductId | None, ReleaseId | None, UserId | None]:
    return target.product_id, target.release_id, target.profile_id
