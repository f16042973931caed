"""The statement that locks the parties of what is sold, which other domains call."""

from collections.abc import Sequence
from uuid import UUID

from veza.core.ids import ProductId, UserId
from veza.infra.postgres.database import Tx


async def lock_parties_of(
    tx: Tx, product_ids: Sequence[ProductId], *, profile_ids: Sequence[UserId] = ()
) -> None:
    """Lock the parties of products before these, in the order of an erasure.

    Of `profile_ids` the profiles and the parties of their support are locked, too.
    """
    sql = """
        select u.id
          from users u
         where u.id in (select p.party_id
                          from products d
                          join splits s
                            on s.status = 'accepted'
                           and (s.product_id = d.id or s.release_id = d.release_id)
                          join split_parts p on p.split_id = s.id
                         where d.id = any($1)
                         union all
                        select p.party_id
                          from splits s
                          join split_parts p on p.split_id = s.id
                         where s.status = 'accepted' and s.profile_id = any($2)
                         union all
                        select unnest($2::uuid[]))
         order by u.id
           for key share of u
    """
    await tx.column(UUID, sql, product_ids, profile_ids)
