"""What is kept of a person: handed out without a key to anything, erased, and swept."""

from datetime import timedelta

from tests import make
from veza.app.services import Services
from veza.core.access import Member
from veza.domains.recovery import personal, queries
from veza.domains.recovery.jobs import sweep_links
from veza.domains.recovery.models import Link, Purpose
from veza.infra.db import Tx

HOUR = timedelta(hours=1)


async def _make_links(tx: Tx, member: Member, lasts: timedelta = HOUR) -> None:
    for n, purpose in enumerate((Purpose.PASSWORD_RESET, Purpose.EMAIL_VERIFICATION)):
        await queries.insert_link(
            tx,
            Link(member.id, "me@example.com"),
            purpose,
            token_hash=member.id.bytes * 2 if n else member.id.bytes[::-1] * 2,
            lasts=lasts,
        )


async def test_a_person_gets_which_links_wait_and_not_the_links(tx: Tx) -> None:
    member, _ = await make.member_in(tx)
    other, _ = await make.member_in(tx)
    await _make_links(tx, member)
    await _make_links(tx, other)

    handed_out = await personal.export(tx, member.id)

    assert {link.purpose for link in handed_out} == {"password_reset", "email_verification"}
    assert {link.email for link in handed_out} == {"me@example.com"}
    assert all(link.expires_at - link.created_at == HOUR for link in handed_out)
    assert not any("hash" in name for name in type(handed_out[0]).__struct_fields__)


async def test_erasing_leaves_no_link_of_one_and_all_of_the_others(tx: Tx) -> None:
    member, _ = await make.member_in(tx)
    other, _ = await make.member_in(tx)
    await _make_links(tx, member)
    await _make_links(tx, other)

    for _ in range(2):
        await personal.erase(tx, member.id)

    assert await personal.export(tx, member.id) == []
    assert len(await personal.export(tx, other.id)) == 2


async def test_links_that_nobody_used_in_time_are_swept(services: Services) -> None:
    async with services.database.transaction() as tx:
        late, _ = await make.member_in(tx)
        fresh, _ = await make.member_in(tx)
        await _make_links(tx, late)
        await _make_links(tx, fresh)
        sql = """
            update mail_tokens
               set created_at = created_at - $2::interval, expires_at = expires_at - $2::interval
             where user_id = $1
        """
        await tx.run(sql, late.id, HOUR)

    await sweep_links(services.database)

    async with services.database.read() as conn:
        assert await personal.export(conn, late.id) == []
        assert len(await personal.export(conn, fresh.id)) == 2
