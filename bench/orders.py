"""Compare orders until they are paid with bare PostgreSQL that writes the same rows.

Buyers order over the API and confirm in the sandbox, and a worker processes the webhooks, but no
further jobs such as invoices. Then as many connections copy the rows of the same orders, in the
minimum of three transactions: ordered, payment created, paid. Measured with one seller and with
many, because sellers must not wait for each other.
"""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from statistics import median
from uuid import UUID

import asyncpg
import httpx
from msgspec import Struct

from bench.server import Server, running_server
from veza.app.worker import list_handlers
from veza.core.access import Role
from veza.core.ids import SessionId, UserId, new_id
from veza.domains.auth.sessions.models import AccessClaims
from veza.domains.marketplace.webhooks.models import ProcessWebhook
from veza.infra.jobs.queue import Worker

ROUNDS = 3
BUYERS = 16
ORDERS_EACH = 10
SELLERS = PRODUCTS = 20

_INSERT_PRODUCT = """
    insert into products (id, seller_id, title, type, price_cents, currency, licence, status,
                          published_at)
         values ($1, $2, 'Night Ferry', 'service', 1200, 'EUR', '', 'published', now())
"""
_TABLES = ("orders", "order_items", "licences", "ledger_postings", "ledger_entries")
_COPIED = (
    (
        "insert into bare.orders select * from orders where id = $1",
        "insert into bare.order_items select * from order_items where order_id = $1",
    ),
    ("update bare.orders set client_secret = 'secret' where id = $1",),
    (
        "update bare.orders set paid_at = now() where id = $1",
        """
        insert into bare.licences
        select l.* from licences l join order_items i on i.id = l.item_id where i.order_id = $1
        """,
        "insert into bare.ledger_postings select * from ledger_postings where reference_id = $1",
        """
        insert into bare.ledger_entries
        select e.*
          from ledger_entries e
          join ledger_postings p on p.id = e.posting_id
         where p.reference_id = $1
        """,
    ),
)


class _Round(Struct, frozen=True):
    """Orders per second, measured in the same round."""

    of_one: float
    of_many: float
    bare: float


async def run() -> None:
    """Measure in several rounds and print the results."""
    logging.getLogger("httpx").setLevel(logging.WARNING)
    async with running_server() as server, _running_worker(server):
        await _make_bare(server)
        await _measure(server)
        rounds = [await _measure(server) for _ in range(ROUNDS)]
    print(f"bare PostgreSQL   {median(r.bare for r in rounds):6.0f} orders a second")
    print(f"of one seller     {median(r.of_one for r in rounds):6.0f} paid a second")
    print(f"of {SELLERS} sellers     {median(r.of_many for r in rounds):6.0f} paid a second")
    _print("bare / paid", [r.bare / r.of_many for r in rounds])
    _print("one / many", [r.of_one / r.of_many for r in rounds])


@asynccontextmanager
async def _running_worker(server: Server) -> AsyncGenerator[None]:
    """Process webhooks, and no other jobs."""
    handlers = {ProcessWebhook: list_handlers(server.services)[ProcessWebhook]}
    worker = Worker(server.services.addresses.database, handlers, {})
    working = asyncio.create_task(worker.run())
    try:
        yield
    finally:
        await worker.stop(grace_s=1)
        await working


def _print(what: str, ratios: list[float]) -> None:
    print(f"{what:17} {median(ratios):6.2f}, {min(ratios):.2f} to {max(ratios):.2f}")


async def _measure(server: Server) -> _Round:
    of_one, _ = await _sell(server, sellers=1)
    of_many, order_ids = await _sell(server, sellers=SELLERS)
    return _Round(of_one, of_many, await _copy(server, order_ids))


async def _sell(server: Server, *, sellers: int) -> tuple[float, list[UUID]]:
    """Order and pay as every buyer; return the paid orders per second, and their ids."""
    products = await _add_products(server, sellers)
    tokens = [_sign(server, await _add_member(server, Role.USER)) for _ in range(BUYERS)]
    base = f"http://127.0.0.1:{server.port}/api/v1/"
    async with httpx.AsyncClient(base_url=base, timeout=60) as client:
        began = time.perf_counter()
        bought = await asyncio.gather(
            *(_buy(client, token, products[n:] + products[:n]) for n, token in enumerate(tokens))
        )
        order_ids = [order_id for ids in bought for order_id in ids]
        await _wait_until_paid(server, order_ids)
    return len(order_ids) / (time.perf_counter() - began), order_ids


async def _buy(client: httpx.AsyncClient, token: str, products: list[UUID]) -> list[UUID]:
    """Order products one after the other, and pay each; return the ids of the orders."""
    headers = {"Authorization": f"Bearer {token}"}
    order_ids: list[UUID] = []
    for product_id in products[:ORDERS_EACH]:
        form = {"items": [{"product_id": str(product_id)}]}
        key = {"Idempotency-Key": new_id().hex}
        answer = await client.post("marketplace/orders", json=form, headers=headers | key)
        order = answer.raise_for_status().json()["data"]
        path = f"sandbox/payments/{order['payment']['payment_id']}/confirm"
        outcome = {"outcome": "succeeded"}
        (await client.post(path, json=outcome, headers=headers)).raise_for_status()
        order_ids.append(UUID(order["id"]))
    return order_ids


async def _wait_until_paid(server: Server, order_ids: list[UUID]) -> None:
    sql = "select count(*) from orders where id = any($1) and status = 'paid'"
    while True:
        async with server.services.database.read() as conn:
            if await conn.value(int, sql, order_ids) == len(order_ids):
                return
        await asyncio.sleep(0.02)


async def _copy(server: Server, order_ids: list[UUID]) -> float:
    """Copy the rows of orders with as many connections; return the orders per second."""
    url = server.services.addresses.migration
    waiting = list(order_ids)
    async with asyncpg.create_pool(url, min_size=BUYERS, max_size=BUYERS) as pool:

        async def copy_some() -> None:
            async with pool.acquire() as connection:
                while waiting:
                    await _copy_one(connection, waiting.pop())

        began = time.perf_counter()
        await asyncio.gather(*(copy_some() for _ in range(BUYERS)))
    return len(order_ids) / (time.perf_counter() - began)


async def _copy_one(connection: "asyncpg.pool.PoolConnectionProxy", order_id: UUID) -> None:
    for statements in _COPIED:
        async with connection.transaction():
            for sql in statements:
                await connection.execute(sql, order_id)


async def _make_bare(server: Server) -> None:
    connection = await asyncpg.connect(server.services.addresses.migration)
    await connection.execute("create schema bare")
    for table in _TABLES:
        await connection.execute(
            f"create table bare.{table} (like public.{table} including all excluding generated)"
        )
    await connection.close()


async def _add_products(server: Server, sellers: int) -> list[UUID]:
    """Add the products, evenly distributed over new sellers."""
    seller_ids = [await _add_member(server, Role.CREATOR) for _ in range(sellers)]
    products = [new_id() for _ in range(PRODUCTS)]
    async with server.services.database.transaction(recorded=False) as tx:
        for n, product_id in enumerate(products):
            await tx.run(_INSERT_PRODUCT, product_id, seller_ids[n % sellers])
    return products


async def _add_member(server: Server, role: Role) -> UserId:
    user_id = UserId(new_id())
    name = f"m{user_id.hex[-20:]}"
    async with server.services.database.transaction(recorded=False) as tx:
        await tx.run(
            "insert into users (id, username, email, password_hash, role)"
            " values ($1, $2, $3, 'none', $4)",
            *(user_id, name, f"{name}@example.com", role),
        )
    return user_id


def _sign(server: Server, user_id: UserId) -> str:
    claims = AccessClaims(user_id, SessionId(new_id()), Role.USER)
    return server.services.session_tokens.tokens.sign(claims)
