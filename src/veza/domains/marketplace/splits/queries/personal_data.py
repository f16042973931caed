"""Versions of splits of a member, for the export, the erasure and a merge."""

from veza.core.ids import UserId
from veza.domains.marketplace.splits.models import PersonalSplit
from veza.infra.postgres.database import Conn, Tx


async def list_personal(conn: Conn, member_id: UserId) -> list[PersonalSplit]:
    """Return all versions that a member is or was a party of, and those of their support, by id."""
    sql = """
        select s.product_id, s.release_id, s.profile_id,
               coalesce(d.title, r.title, f.display_name, f.username) as title, s.status,
               coalesce(p.parts_per_10000, 0) as parts_per_10000, a.accepted_at, s.created_at
          from splits s
          left join split_parts p on p.split_id = s.id and p.party_id = $1
          left join products d on d.id = s.product_id
          left join releases r on r.id = s.release_id
          left join users f on f.id = s.profile_id
          left join split_acceptances a on a.split_id = s.id and a.party_id = $1
         where s.id in (select split_id from split_parts where party_id = $1
                         union
                        select id from splits where profile_id = $1)
         order by s.id
    """
    return await conn.every(PersonalSplit, sql, member_id)


async def delete_proposals_with(tx: Tx, member_id: UserId) -> None:
    """Delete the open versions that a member is a party of, or accepted."""
    sql = """
        delete from splits s
         where s.status in ('proposed', 'declined')
           and (exists (select from split_parts p where p.split_id = s.id and p.party_id = $1)
                or exists (select from split_acceptances a
                            where a.split_id = s.id and a.party_id = $1))
    """
    await tx.run(sql, member_id)


async def delete_of_profile(tx: Tx, profile_id: UserId) -> None:
    """Delete all versions of the support of a profile."""
    await tx.run("delete from splits where profile_id = $1", profile_id)


async def update_party_gone(tx: Tx, member_id: UserId) -> None:
    await tx.run("update split_parts set party_id = null where party_id = $1", member_id)


async def delete_acceptances_of(tx: Tx, member_id: UserId) -> None:
    await tx.run("delete from split_acceptances where party_id = $1", member_id)


async def update_profile(tx: Tx, profile_id: UserId, into_id: UserId) -> None:
    """Give the versions of a page's support to another profile that has none of its own."""
    sql = """
        update splits
           set profile_id = $2
         where profile_id = $1 and not exists (select from splits where profile_id = $2)
    """
    await tx.run(sql, profile_id, into_id)


async def update_party(tx: Tx, party_id: UserId, into_id: UserId) -> None:
    """Give the parts of a page, and what it accepted, to another profile; two parts are added."""
    sql = """
        with added as (
            delete from split_parts p
                  using split_parts o
             where p.party_id = $1 and o.split_id = p.split_id and o.party_id = $2
            returning p.split_id, p.parts_per_10000
        )
        update split_parts p
           set parts_per_10000 = p.parts_per_10000 + added.parts_per_10000
          from added
         where p.split_id = added.split_id and p.party_id = $2
    """
    await tx.run(sql, party_id, into_id)
    await tx.run("update split_parts set party_id = $2 where party_id = $1", party_id, into_id)
    # What is left of the page is erased, with the proposals that it accepted.
    sql = """
        with gone as (
            delete from split_acceptances where party_id = $1 returning split_id, accepted_at
        )
        insert into split_acceptances (split_id, party_id, accepted_at)
             select split_id, $2, accepted_at from gone order by split_id
        on conflict do nothing
    """
    await tx.run(sql, party_id, into_id)
