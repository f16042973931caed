"""The parts that a profile proposes for what is new."""

from collections.abc import Sequence

from veza.core.ids import UserId
from veza.core.people import person_fields
from veza.domains.marketplace.splits.models import PersonalDefaultPart, SplitPart, SplitPartForm
from veza.infra.postgres.database import Conn, Tx


async def list_parts(conn: Conn, profile_id: UserId) -> list[SplitPart]:
    """Return the parts of a profile's default split, in their order."""
    sql = f"""
        select d.party_id as profile_id, jsonb_build_object({person_fields("u")}) as profile,
               d.parts_per_10000
          from default_split_parts d
          join users u on u.id = d.party_id
         where d.profile_id = $1
         order by d.position
    """
    return await conn.all(SplitPart, sql, profile_id)


async def insert_parts(tx: Tx, profile_id: UserId, parts: Sequence[SplitPartForm]) -> None:
    sql = """
        insert into default_split_parts (profile_id, position, party_id, parts_per_10000)
             select $1, g.position, g.party_id, g.parts_per_10000
               from unnest($2::uuid[], $3::integer[]) with ordinality
                    as g (party_id, parts_per_10000, position)
    """
    party_ids = [part.profile_id for part in parts]
    await tx.run(sql, profile_id, party_ids, [part.parts_per_10000 for part in parts])


async def delete_parts(tx: Tx, profile_id: UserId) -> None:
    await tx.run("delete from default_split_parts where profile_id = $1", profile_id)


async def list_personal(conn: Conn, member_id: UserId) -> list[PersonalDefaultPart]:
    """Return the parts of a member's default split, and those of others that name the member."""
    sql = """
        select profile_id, party_id, parts_per_10000
          from default_split_parts
         where profile_id = $1 or party_id = $1
         order by profile_id, position
    """
    return await conn.every(PersonalDefaultPart, sql, member_id)


async def delete_of(tx: Tx, member_id: UserId) -> None:
    """Delete a member's default split, and their parts in those of others."""
    sql = "delete from default_split_parts where profile_id = $1 or party_id = $1"
    await tx.run(sql, member_id)


async def update_party(tx: Tx, party_id: UserId, into_id: UserId) -> None:
    """Give the parts of a page in others' default splits to another profile; two are added."""
    sql = """
        with added as (
            delete from default_split_parts p
                  using default_split_parts o
             where p.party_id = $1 and o.profile_id = p.profile_id and o.party_id = $2
            returning p.profile_id, p.parts_per_10000
        )
        update default_split_parts p
           set parts_per_10000 = p.parts_per_10000 + added.parts_per_10000
          from added
         where p.profile_id = added.profile_id and p.party_id = $2
    """
    await tx.run(sql, party_id, into_id)
    sql = "update default_split_parts set party_id = $2 where party_id = $1"
    await tx.run(sql, party_id, into_id)
