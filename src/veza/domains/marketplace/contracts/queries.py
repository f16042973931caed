"""Contracts are inserted once for a line; later changes of the parties don't matter."""

from collections.abc import Sequence
from uuid import UUID

from veza.core.ids import OrderId, OrderItemId, UserId
from veza.domains.marketplace.contracts.models import LicenceContract, LicenceSale
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.parameters import bind

_SELECT_CONTRACTS = """
    select c.item_id, c.order_id, c.seller_subject, c.buyer_subject, c.language, c.issued_at, c.data
      from licence_contracts c
"""
_BOUGHT = "select id from orders where buyer_id = $1"
_SUBJECT = "(select id from ledger_subjects where user_id = $1)"

# The licence of a line stands as long as its buyer has it. Who is erased has lost it, but not what
# was agreed with the seller, unless it was paid back.
_STANDS = """
    (
        exists (select from licences l where l.item_id = i.id)
        or (o.buyer_id is null and not o.is_guest
            and (select coalesce(sum(h.amount_cents), 0)
                   from dispute_shares h
                   join order_disputes d on d.id = h.dispute_id
                  where h.item_id = i.id and d.status = 'lost') < greatest(i.price_cents, 1))
    )
"""

# Lines that are licences: paid, not paid back nor withdrawn by the buyer's bank, and not given to
# somebody else.
_SELECT_SALES = f"""
    select i.id as item_id, i.order_id, i.title, i.variant,
           array(select f.name
                   from product_files f
                  where f.product_id = i.product_id
                    and i.variant->'file_ids' @> to_jsonb(f.id)
                  order by f.position) as file_names,
           i.seller_id, s.username as seller_name, i.seller_subject, o.buyer_id,
           coalesce(b.display_name, b.username, n.recipient_name) as buyer_name,
           o.buyer_subject, o.billing, i.price_cents, o.currency, i.is_received, o.paid_at,
           coalesce(g.language, b.language, 'en') as language
      from order_items i
      join orders o on o.id = i.order_id
      left join users s on s.id = i.seller_id
      left join users b on b.id = o.buyer_id
      left join guest_orders g on g.order_id = o.id
      left join gifts n on n.redeemed_item_id = i.id
     where i.variant is not null and not i.is_gift and i.refund_id is null
       and o.paid_at is not null and not o.came_late and {_STANDS}
"""


async def list_sales(conn: Conn, order_id: OrderId) -> list[LicenceSale]:
    """Return the lines of an order that are licences."""
    sql = f"{_SELECT_SALES} and i.order_id = $1 order by i.position"
    return await conn.all(LicenceSale, sql, order_id)


async def find_sale(conn: Conn, item_id: OrderItemId) -> LicenceSale | None:
    return await conn.maybe(LicenceSale, f"{_SELECT_SALES} and i.id = $1", item_id)


async def find_contract(conn: Conn, item_id: OrderItemId) -> LicenceContract | None:
    sql = f"{_SELECT_CONTRACTS} where c.item_id = $1"
    return await conn.maybe(LicenceContract, sql, item_id)


async def insert_contract(tx: Tx, contract: LicenceContract) -> None:
    """Store a contract, unless another transaction has issued it."""
    sql = """
        insert into licence_contracts (item_id, order_id, seller_subject, buyer_subject, language,
                                       issued_at, data)
             values (:item_id, :order_id, :seller_subject, :buyer_subject, :language, :issued_at,
                     :data)
        on conflict (item_id) do nothing
    """
    await tx.run(*bind(sql, contract))


async def is_buyer_named(conn: Conn, contract: LicenceContract) -> bool:
    """Return whether the stored contract still names this buyer."""
    sql = "select data->'buyer' = $2 from licence_contracts where item_id = $1"
    return await conn.value(bool, sql, contract.item_id, contract.data.buyer) or False


async def list_personal_contracts(conn: Conn, user_id: UserId) -> list[LicenceContract]:
    """Return the contracts in which a member is a party, by line."""
    sql = f"""
        {_SELECT_CONTRACTS}
         where c.seller_subject = {_SUBJECT} or c.order_id in ({_BOUGHT})
         order by c.item_id
    """
    return await conn.every(LicenceContract, sql, user_id)


async def update_buyer_gone(tx: Tx, user_id: UserId) -> list[OrderId]:
    """Remove a buyer's name from contracts; return the orders."""
    sql = f"""
           update licence_contracts
              set data = jsonb_set(data, '{{buyer}}', '{{"name": "Erased"}}')
            where order_id in ({_BOUGHT})
        returning order_id
    """
    return [OrderId(order_id) for order_id in await tx.column(UUID, sql, user_id)]


async def update_buyers_gone(tx: Tx, order_ids: Sequence[OrderId]) -> int:
    """Remove the buyers' names from the contracts of orders; return how many there are."""
    sql = """
        update licence_contracts
           set data = jsonb_set(data, '{buyer}', '{"name": "Erased"}')
         where order_id = any($1)
    """
    return await tx.run(sql, order_ids)
