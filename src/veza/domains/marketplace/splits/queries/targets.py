"""The products, releases and profiles that are split."""

from uuid import UUID

from veza.core.ids import ProductId, ReleaseId, UserId
from veza.core.people import person_fields
from veza.domains.marketplace.splits.models import SplitSubject
from veza.infra.postgres.database import Conn, Tx

_OWNER = f"case when u.id is not null then jsonb_build_object({person_fields('u')}) end as owner"


async def find_product(conn: Conn, product_id: ProductId) -> SplitSubject | None:
    sql = f"""
        select p.release_id as inherited_id, {_OWNER}
          from products p
          left join users u on u.id = p.seller_id
         where p.id = $1
    """
    return await conn.maybe(SplitSubject, sql, product_id)


async def find_release(conn: Conn, release_id: ReleaseId) -> SplitSubject | None:
    sql = f"""
        select null::uuid as inherited_id, {_OWNER}
          from releases r
          join users u on u.id = r.owner_id
         where r.id = $1
    """
    return await conn.maybe(SplitSubject, sql, release_id)


async def find_profile(conn: Conn, profile_id: UserId) -> SplitSubject | None:
    sql = f"""
        select null::uuid as inherited_id, {_OWNER}
          from users u
         where u.id = $1
    """
    return await conn.maybe(SplitSubject, sql, profile_id)


async def lock_product(tx: Tx, product_id: ProductId) -> None:
    await tx.column(UUID, "select id from products where id = $1 for no key update", product_id)


async def lock_release(tx: Tx, release_id: ReleaseId) -> None:
    await tx.column(UUID, "select id from releases where id = $1 for no key update", release_id)


async def lock_profile(tx: Tx, profile_id: UserId) -> None:
    """Lock a profile, so that changes of its splits come one after the other."""
    await tx.column(UUID, "select id from users where id = $1 for no key update", profile_id)
