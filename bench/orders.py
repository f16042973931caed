"""Compare orders until they are paid with bare PostgreSQL that writes the same rows.

Buyers order over the API and confirm in the sandbox, and a worker processes the webhooks, but no
further jobs such as invoices. Then as many connections copy the rows of the same orders, in the
minimum of three transactions: ordered, payment created, paid. Measured with one seller and with
many, because sellers must not wait for each other.
"""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from uuid import UUID

import asyncpg
import msgspec

from bench.http_client import HttpConnection, encode_request
from bench.load import Request
from bench.plan import Plan, Topic
from bench.ratios import Case, Result, Sample, compute_ratio
from bench.server import Server, running_server
from veza.app.worker import list_handlers
from veza.core.access import Role
from veza.core.ids import UserId, new_id
from veza.domains.marketplace.webhooks.models import ProcessWebhook
from veza.infra.jobs import queue
from veza.infra.jobs.worker import Worker

MAX_ROUNDS = 3
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


_PAID = Case(
    topic="orders",
    name="order until paid",
    reference="bare PostgreSQL",
    unit="orders/s",
    goal=0.3,
)
_ONE_SELLER = Case(
    topic="orders",
    name="orders of one seller",
    reference="orders of twenty sellers",
    unit="orders/s",
)


async def run(plan: Plan) -> list[Result]:
    """Measure in several rounds, after one that warms up."""
    of_one: list[Sample] = []
    of_many: list[Sample] = []
    bare: list[Sample] = []
    async with running_server() as server, _running_worker(server):
        await _make_bare(server)
        for number in range(min(plan.rounds, MAX_ROUNDS) + 1):
            one, _ = await _sell(server, sellers=1)
            many, order_ids = await _sell(server, sellers=SELLERS)
            copied = await _copy(server, order_ids)
            if number > 0:
                of_one.append(Sample(one))
                of_many.append(Sample(many))
                bare.append(Sample(copied))
    return [compute_ratio(_PAID, of_many, bare), compute_ratio(_ONE_SELLER, of_one, of_many)]


@asynccontextmanager
async def _running_worker(server: Server) -> AsyncGenerator[None]:
    """Process webhooks, and no other jobs."""
    handlers = {ProcessWebhook: list_handlers(server.services)[ProcessWebhook]}
    worker = Worker(server.services.addresses.database, handlers, {})
    server.services.broadcast.listen(queue.TOPIC, worker.wake)
    working = asyncio.create_task(worker.run())
    try:
        yield
    finally:
        await worker.stop(grace_s=1)
        await working


async def _sell(server: Server, *, sellers: int) -> tuple[float, list[UUID]]:
    """Order and pay as every buyer; return the paid orders per second, and their ids."""
    products = await _add_products(server, sellers)
    tokens = [server.sign_in(await _add_member(server, Role.USER)) for _ in range(BUYERS)]
    began = time.perf_counter()
    bought = await asyncio.gather(
        *(_buy(server.port, token, products[n:] + products[:n]) for n, token in enumerate(tokens))
    )
    order_ids = [order_id for ids in bought for order_id in ids]
    await _wait_until_paid(server, order_ids)
    return len(order_ids) / (time.perf_counter() - began), order_ids


async def _buy(port: int, token: str, products: list[UUID]) -> list[UUID]:
    """Order products one after the other, and pay each; return the ids of the orders."""
    order_ids: list[UUID] = []
    async with HttpConnection(port) as connection:
        for product_id in products[:ORDERS_EACH]:
            order = Request(
                method="POST",
                path="/api/v1/marketplace/orders",
                token=token,
                header=f"Idempotency-Key: {new_id().hex}",
                body=msgspec.json.encode({"items": [{"product_id": product_id}]}).decode(),
            )
            answer = (await connection.send(encode_request(port, order))).data()
            payment = Request(
                method="POST",
                path=f"/api/v1/sandbox/payments/{answer['payment']['payment_id']}/confirm",
                token=token,
                body='{"outcome":"succeeded"}',
            )
            (await connection.send(encode_request(port, payment))).data()
            order_ids.append(UUID(answer["id"]))
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


TOPIC = Topic("orders", run)
