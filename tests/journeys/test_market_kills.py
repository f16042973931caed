"""Money can't go wrong: whatever is killed of a running shop, its books are its companies'."""

import asyncio
import os
import secrets
import time
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from random import Random
from uuid import UUID

import pytest

from tests.journeys.books import Books, read_ours, read_theirs
from tests.journeys.companies import Companies
from tests.journeys.served import (
    Server,
    calling,
    filled,
    kill_if_there,
    parent_of,
    until,
)
from tests.journeys.traders import ORDERS, SOUND, Buyer, open_stall
from veza.app.services import Services, open_services
from veza.app.settings.environment import read_settings
from veza.app.worker import list_schedules
from veza.infra.jobs.outbox import count_events
from veza.infra.jobs.queue import JobEntry, JobState, count_jobs, list_jobs

KILLS = 30
# Where something died, others wait a while before they take it up: minutes that are let pass.
_PASS_TIME = (
    "update idempotency_keys set leased_until = now() where answer is null",
    "update orders set poll_at = now() where poll_at is not null",
    "update refunds set poll_at = now() where status = 'pending'",
    "update transfers set next_retry_at = now() where next_retry_at is not null",
    # What failed again and again pauses for longer each time.
    "update jobs set due_at = now() where due_at > now()",
    "update outbox set due_at = now() where due_at > now() and due_at < 'infinity'",
)
# Money that bought nothing, and is neither back nor pointed out to people.
_COUNT_KEPT = """
    select count(*) from orders where came_late and status <> 'refunded' and not is_flagged
"""
_POLLERS = ("poll_payments", "ask_for_refunds", "retry_transfers", "poll_payout_accounts")


class Shop:
    """A server, its companies, and who trades there."""

    def __init__(self, server: Server, companies: Companies, draw: Random) -> None:
        self.server, self.companies, self.draw = server, companies, draw
        prices = [50, 99, 101, 500, 999, 1005, 2999, 12345]
        self.sellers = [open_stall(server, f"seller{n}", prices) for n in range(4)]
        products = [one for seller in self.sellers for one in seller.products]
        self.buyers = [
            Buyer(server, f"buyer{n}", draw.sample(products, len(products)), Random(draw.random()))
            for n in range(8)
        ]


@contextmanager
def open_shop(draw: Random) -> Iterator[Shop]:
    """Open a shop; all but one of the sellers are connected with Stripe."""
    with Companies(draw) as companies, filled("--workers", "1", **companies.settings) as server:
        companies.post.url = server.url
        server.start()
        shop = Shop(server, companies, draw)
        for seller in shop.sellers[1:]:
            seller.connect(server, companies)
        yield shop
        server.stop()


def kill_http_process(server: Server) -> None:
    kill_one(server, server.http_workers)


def kill_job_worker(server: Server) -> None:
    kill_one(server, lambda: server.processes_named("veza worker "))


def kill_database(server: Server) -> None:
    named = partial(server.processes_named, "postgres -D ")
    kill_one(server, lambda: [pid for pid in named() if parent_of(pid) == server.pid])


def kill_one(server: Server, find: Callable[[], list[int]]) -> None:
    """Kill the first of some processes, as soon as there is one; it comes back by itself."""
    found: list[int] = []
    until(lambda: found.extend(find()) or found, 60, lambda: server.log[-3000:])
    kill_if_there(found[0])


def kill_supervisor(server: Server) -> None:
    """Kill the one whose end is the end of all."""
    server.kill()
    start_again(server)


def kill_everything(server: Server) -> None:
    for pid in server.processes():
        kill_if_there(pid)
    server.kill()
    start_again(server)


def start_again(server: Server) -> None:
    until(lambda: not server.processes(), 60, lambda: f"Still there: {server.processes()}")
    server.start()


VICTIMS: list[Callable[[Server], None]] = [
    kill_http_process,
    kill_http_process,
    kill_job_worker,
    kill_job_worker,
    kill_database,
    kill_database,
    kill_supervisor,
    kill_everything,
]


@pytest.mark.long
def test_whatever_is_killed_of_a_shop_its_books_are_those_of_its_companies():
    seed = os.environ.get("KILLS_SEED") or secrets.token_hex(4)
    print(f"KILLS_SEED={seed}")
    draw = Random(seed)
    with open_shop(draw) as shop:
        for buyer in shop.buyers:
            buyer.start(shop.companies)
        for _ in range(KILLS):
            shop.companies.stumble()
            time.sleep(draw.uniform(0.1, 1.5))
            draw.choice(VICTIMS)(shop.server)
        # What /readyz says is up to a second old.
        time.sleep(1.5)
        shop.server.wait_until_ready()
        for buyer in shop.buyers:
            buyer.stop()
        end_the_day(shop)
        shop.server.ensure_books_are_right()
        ensure_promises_are_kept(shop)


def end_the_day(shop: Shop) -> None:
    """Have all that is under way come to its end; the books are equal, also after what is late."""
    server, companies = shop.server, shop.companies
    companies.recover()
    inside(server, pass_time)
    shop.sellers[0].connect(server, companies)
    with ThreadPoolExecutor(len(shop.buyers)) as at_once:
        list(at_once.map(Buyer.insist, shop.buyers))
    inside(server, pass_time)
    inside(server, work_off)
    for buyer in shop.buyers:
        buyer.regret()
    inside(server, work_off)
    inside(server, partial(ensure_books_are_equal, companies))
    inside(server, expire_orders)
    inside(server, work_off)
    pay_late(companies)
    companies.post.wait()
    inside(server, work_off)
    inside(server, partial(ensure_books_are_equal, companies))
    inside(server, partial(ensure_nothing_is_lost, shop))


def inside(server: Server, act: Callable[[Services], Awaitable[None]]) -> None:
    """Do something beside the server, with the machines that it has."""

    async def run() -> None:
        async with open_services(read_settings(server.environment())) as services:
            await act(services)

    asyncio.run(run())


async def pass_time(services: Services) -> None:
    """Let so many minutes pass that nobody waits any more for what died."""
    async with services.database.transaction() as tx:
        for sql in _PASS_TIME:
            await tx.run(sql)
    schedules = list_schedules(services)
    for name in _POLLERS:
        _, poll = schedules[name]
        await poll()


async def expire_orders(services: Services) -> None:
    """Let half an hour pass for what nobody paid."""
    async with services.database.transaction() as tx:
        await tx.run("update orders set expires_at = now() where poll_at is not null")
    await pass_time(services)


async def work_off(services: Services) -> None:
    """Wait until all is done that time will do."""
    async with asyncio.timeout(120):
        while True:
            await wait_for_queue(services)
            if not await is_something_waiting(services):
                return
            await pass_time(services)


async def wait_for_queue(services: Services) -> None:
    """Wait until there is neither an event nor a job; none may have failed for good."""
    give_up_at = time.monotonic() + 90
    while True:
        async with services.database.read() as conn:
            jobs, events = await count_jobs(conn), await count_events(conn)
            held = await list_jobs(conn, JobState.FAILED, limit=3, before=None)
        assert (held, events["failed"]) == ([], 0)
        if not (jobs["waiting"] or jobs["running"] or events["waiting"]):
            return
        assert time.monotonic() < give_up_at, (jobs, events, await list_left(services))
        await asyncio.sleep(0.1)


async def list_left(services: Services) -> list[JobEntry]:
    """Return the jobs that have not ended."""
    async with services.database.read() as conn:
        states = (JobState.QUEUED, JobState.PICKED)
        return [job for each in states for job in await list_jobs(conn, each, limit=9, before=None)]


async def is_something_waiting(services: Services) -> bool:
    """Tell whether something is under way that needs no more than time."""
    sql = """
        select exists (select from refunds where status = 'pending')
            or exists (select from transfers where next_retry_at is not null)
            or exists (select from webhook_events where done_at is null)
            or exists (select from orders where poll_at is not null and expires_at <= now())
    """
    async with services.database.read() as conn:
        return bool(await conn.value(bool, sql))


def pay_late(companies: Companies) -> None:
    """Have buyers pay what has expired: who was slow at the bank."""
    companies.post.copies = [2]
    for ref, payment in companies.bank.payments.items():
        if payment["status"] == "cancelled":
            companies.bank.pay(ref)


async def ensure_books_are_equal(companies: Companies, services: Services) -> None:
    """Compare the books; something of each kind stands in them."""
    theirs = read_theirs(companies)
    async with services.database.read() as conn:
        ours = await read_ours(conn)
    for name in Books.__struct_fields__:
        assert getattr(theirs, name), name
        assert getattr(ours, name) == getattr(theirs, name), name


async def ensure_nothing_is_lost(shop: Shop, services: Services) -> None:
    """All that was answered is there, and nothing besides."""
    told = {UUID(order["id"]) for buyer in shop.buyers for order in buyer.orders}
    refunded = {UUID(refund["id"]) for buyer in shop.buyers for refund in buyer.refunds}
    async with services.database.read() as conn:
        orders = set(await conn.column(UUID, "select id from orders"))
        sql = "select id from refunds where requested_by is not null"
        refunds = set(await conn.column(UUID, sql))
        sql = "select event_id from webhook_events where done_at is not null"
        events = set(await conn.column(str, sql))
        kept = await conn.value(int, _COUNT_KEPT)
    assert (orders, refunds) == (told, refunded)
    assert shop.companies.post.arrived <= events
    assert shop.companies.post.complaints == []
    assert kept == 0


def ensure_promises_are_kept(shop: Shop) -> None:
    """What members see is what they were told."""
    for buyer in shop.buyers:
        ensure_orders_are_there(buyer)
    for seller in shop.sellers:
        assert seller.account_ref is not None
        paid_cents = shop.companies.stripe.paid_cents(seller.account_ref)
        with calling(shop.server, seller.token) as client:
            shown = client.get("sell/balance").json()["data"]
        assert (shown["available"], shown["pending"]) == (paid_cents, 0)


def ensure_orders_are_there(buyer: Buyer) -> None:
    """Each order is as it was, and what is paid can be downloaded."""
    with buyer.calling() as client:
        for order in buyer.orders:
            path = f"{ORDERS}/{order['id']}"
            shown = client.get(path).json()["data"]
            assert [one["id"] for one in shown["items"]] == [one["id"] for one in order["items"]]
            assert shown["total_cents"] == order["total_cents"]
            has_it = shown["status"] in {"paid", "partially_refunded"}
            downloads = client.get(f"{path}/downloads")
            assert downloads.status_code == (200 if has_it else 409), shown
            for file in downloads.json()["data"]["downloads"] if has_it else []:
                assert client.get(file["url"]).content == SOUND
