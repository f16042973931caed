"""Compare a broadcast of a profile with bare aiosmtplib that sends as many mails of its size.

A worker of a server collects the followers, claims, sends and marks each. A server that takes
everything gets the mails of both, over as many connections.
"""

import asyncio
import sys
import time
from uuid import UUID

import msgspec

from bench.mail_client import MailsSent, MailTask
from bench.mail_sink import MailSink, open_sink
from bench.plan import Plan, Topic
from bench.processes import cpu_of_server, output_of
from bench.ratios import Case, Result, Sample, compute_ratio
from bench.server import Launch, Server, running_server
from veza.core.ids import BroadcastId, UserId, new_id
from veza.domains.mailings.broadcasts.models import SendBroadcast
from veza.domains.mailings.broadcasts.service.drafts import job_key
from veza.infra.jobs.queue import enqueue

MAX_ROUNDS = 3
CONNECTIONS = 8
_ADDED_AT_ONCE = 10_000

_INSERT_FOLLOWERS = """
    with fans as (
        insert into users (id, username, email, password_hash, email_verified_at)
        select gen_random_uuid(), 'fan' || n, 'fan' || n || '@example.com', 'none', now()
          from generate_series($2::integer, $3::integer) as n
     returning id
    )
    insert into follows (follower_id, followed_id) select id, $1 from fans
"""
_INSERT_BROADCAST = """
    insert into broadcasts (id, profile_id, audience, language, subject, text, status, send_at)
         values ($1, $2, 'followers', 'en', 'Night Ferry is out', $3, 'scheduled', now())
"""
_TEXT = f"It took a year. {'The songs are about harbours, and what is left of them. ' * 10}\n\n" * 3
_CASE = Case(
    topic="broadcasts",
    name="mails of a broadcast",
    reference="bare aiosmtplib",
    unit="mails/s",
)


async def run(plan: Plan) -> list[Result]:
    """Measure in several rounds, after one that warms up."""
    ours: list[Sample] = []
    bare: list[Sample] = []
    async with open_sink() as sink:
        settings = {
            "VEZA_BULK_SMTP_URL": f"smtp://127.0.0.1:{sink.port}",
            "VEZA_BULK_CONNECTIONS": str(CONNECTIONS),
            "VEZA_BULK_DOMAIN_RATE": "0",
        }
        async with running_server(Launch(has_job_worker=True), **settings) as server:
            profile_id = await _add_followers(server, plan.recipients)
            for number in range(min(plan.rounds, MAX_ROUNDS) + 1):
                broadcast = await _send(server, sink, profile_id, plan.recipients)
                reference = await _send_bare(sink, plan.recipients)
                if number > 0:
                    ours.append(broadcast)
                    bare.append(reference)
    return [compute_ratio(_CASE, ours, bare)]


async def _send(server: Server, sink: MailSink, profile_id: UserId, mails: int) -> Sample:
    """Send a broadcast; return the mails per second. Raises RuntimeError if one is missing."""
    sink.clear()
    broadcast_id = BroadcastId(new_id())
    before, began = cpu_of_server(server.pid), time.perf_counter()
    async with server.services.database.transaction(recorded=False) as tx:
        await tx.run(_INSERT_BROADCAST, broadcast_id, profile_id, _TEXT)
        await enqueue(tx, SendBroadcast(broadcast_id), key=job_key(broadcast_id))
    await _wait_until_sent(server, broadcast_id)
    took_s = time.perf_counter() - began
    server_s, database_s = cpu_of_server(server.pid).since(before)
    if len(set(sink.recipients)) != mails:
        raise RuntimeError(f"{len(set(sink.recipients))} of {mails} recipients got the mail.")
    return Sample(mails / took_s, server_s / mails * 1e6, database_s / mails * 1e6)


async def _wait_until_sent(server: Server, broadcast_id: UUID) -> None:
    sql = "select status = 'sent' from broadcasts where id = $1"
    while True:
        async with server.services.database.read() as conn:
            if await conn.value(bool, sql, broadcast_id):
                return
        await asyncio.sleep(0.02)


async def _send_bare(sink: MailSink, mails: int) -> Sample:
    """Send as many mails as the last one, from a process of their own."""
    task = MailTask(sink.port, mails, CONNECTIONS, sink.last)
    output = await output_of(
        sys.executable, "-m", "bench.mail_client", data=msgspec.json.encode(task)
    )
    sent = msgspec.json.decode(output, type=MailsSent)
    return Sample(mails / sent.seconds, sent.cpu_s / mails * 1e6)


async def _add_followers(server: Server, number: int) -> UserId:
    """Add a profile with followers who get its mails."""
    profile_id = UserId(new_id())
    async with server.services.database.transaction(recorded=False) as tx:
        await tx.run(
            "insert into users (id, username, email, password_hash, role)"
            " values ($1, 'night-ferry', 'ferry@example.com', 'none', 'creator')",
            profile_id,
        )
    for first in range(0, number, _ADDED_AT_ONCE):
        last = min(first + _ADDED_AT_ONCE, number) - 1
        async with server.services.database.transaction(recorded=False) as tx:
            await tx.run(_INSERT_FOLLOWERS, profile_id, first, last)
    return profile_id


TOPIC = Topic("broadcasts", run)
