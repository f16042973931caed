"""Processes that send a broadcast are killed: nobody is forgotten, and doubles have one id."""

import asyncio
import sys

import pytest

from tests.domains.mailings.mailing_steps import create, numbers, plan, run_sql, show
from tests.infra.waiting import until
from veza.core.ids import new_id

pytestmark = pytest.mark.long

FANS = 400
KILLED_AT = (60, 140, 260)


async def _start(services, post, broadcast):
    return await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.domains.mailings.sending_process"),
        *(str(services.settings.data_dir), post.server.url(), broadcast["id"]),
        stdout=asyncio.subprocess.DEVNULL,
    )


async def test_whatever_is_killed_all_get_it_and_a_double_has_the_same_id(
    client, services, post, artist
):
    sql = """
        insert into mail_subscriptions (id, profile_id, email, address_hash, source, status,
                                        confirmed_at, network, text_version)
             select gen_random_uuid(), $1, e.email, sha256(convert_to(e.email, 'UTF8')), 'form',
                    'confirmed', now(), '192.0.2.1', 1
               from (select n || $2 as email from generate_series(1, $3) n) e
    """
    await run_sql(services, sql, artist.id, f"@{new_id().hex}.example", FANS)
    broadcast = await create(client, artist, audience="subscribers")
    await plan(client, artist, broadcast)
    for number in KILLED_AT:
        process = await _start(services, post, broadcast)
        await until(lambda number=number: len(post.received) >= number)
        process.kill()
        await process.wait()
        sql = "update broadcast_recipients set due_at = now() where status = 'sending'"
        await run_sql(services, sql)
    assert await (await _start(services, post, broadcast)).wait() == 0

    recipients = {each.recipient for each in post.received}
    ids = {str(each.message["Message-ID"]) for each in post.received}
    assert len(recipients) == len(ids) == FANS
    doubles = len(post.received) - FANS
    assert doubles <= len(KILLED_AT) * services.settings.bulk_connections
    assert numbers(await show(client, artist, broadcast)) == {"recipients": FANS, "sent": FANS}
