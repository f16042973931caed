"""Recording and signing: nothing is lost or doubled, and nothing blocks."""

import asyncio
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from tests.domains.platform.audit.vault_steps import Vault, deed, follow
from tests.infra.waiting import until
from veza.core.audit_record import AuditRecord
from veza.core.ids import AuditEventId, UserId, new_id
from veza.domains.platform.audit import jobs, service
from veza.domains.platform.audit.queries import signature_records
from veza.domains.platform.audit.rules import ANONYMOUS_KEPT_FOR

PATIENCE_S = 60


async def signed(vault: Vault) -> list[AuditEventId]:
    rows = await vault.ask("select event_ids from audit_signatures order by number")
    return [AuditEventId(event_id) for (ids,) in rows for event_id in ids]


async def test_a_batch_of_many_kinds_is_recorded_at_once(vault: Vault) -> None:
    member, other = await vault.member(), await vault.member()
    deeds = [deed(member.id), deed(), deed(member.id), follow(member.id, other.id)]
    await vault.record(*deeds)

    rows = await vault.ask(
        """
        select e.id, s.user_id, d.member_id, d.expires_at - e.created_at
          from audit_events e
          join audit_details d on d.event_id = e.id
          left join audit_subjects s on s.id = e.subject_id
         order by e.id
        """
    )
    assert rows == [
        (deeds[0].id, member.id, None, None),
        (deeds[1].id, None, None, ANONYMOUS_KEPT_FOR),
        (deeds[2].id, member.id, None, None),
        (deeds[3].id, member.id, other.id, None),
    ]


async def test_recording_twice_is_the_same_as_once(vault: Vault) -> None:
    member = await vault.member()
    deeds = [deed(member.id), deed()]
    await vault.record(*deeds)
    await vault.record(*deeds)

    counts = "select (select count(*) from audit_events), (select count(*) from audit_details)"
    assert await vault.ask(counts) == [(2, 2)]
    assert await vault.problems() == []


async def test_events_of_erased_members_have_no_subject(vault: Vault) -> None:
    (event,) = await vault.record(deed(UserId(new_id())))

    assert await vault.ask("select id, subject_id from audit_events") == [(event, None)]
    assert await vault.ask("select from audit_subjects") == []


async def test_concurrent_first_events_create_one_subject(
    vault: Vault,
) -> None:
    member = await vault.member()
    async with vault.database.transaction() as tx:
        await service.record(tx, [deed(member.id)])
        second = asyncio.create_task(vault.record(deed(member.id)))
        await until(lambda: is_somebody_waiting(vault))
    await second

    assert await vault.ask("select count(distinct subject_id), count(*) from audit_events") == [
        (1, 2)
    ]
    assert await vault.ask("select count(*) from audit_events where subject_id is null") == [(0,)]
    assert await vault.problems() == []


async def is_somebody_waiting(vault: Vault) -> bool:
    sql = """
        select count(*) from pg_stat_activity
         where datname = current_database() and wait_event_type = 'Lock'
    """
    return await vault.ask(sql) != [(0,)]


async def test_many_first_events_of_a_member_at_once_are_all_theirs(vault: Vault) -> None:
    member = await vault.member()

    await at_once(vault, [[deed(member.id), deed(member.id)] for _ in range(50)])

    assert await vault.ask("select count(distinct subject_id), count(*) from audit_events") == [
        (1, 100)
    ]
    assert await vault.ask("select count(*) from audit_subjects") == [(1,)]
    assert await vault.problems() == []


async def test_batches_of_the_same_new_members_in_any_order_do_not_lock_each_other(
    vault: Vault,
) -> None:
    members = [await vault.member() for _ in range(50)]
    orders = [members[number:] + members[:number] for number in range(0, 50, 5)]

    async with asyncio.timeout(PATIENCE_S):
        await at_once(vault, [[deed(member.id) for member in order] for order in orders])

    assert await vault.ask("select count(*) from audit_subjects") == [(50,)]
    assert await vault.ask("select count(*) from audit_events where subject_id is null") == [(0,)]


async def at_once(vault: Vault, batches: list[list[AuditRecord]]) -> None:
    """Record batches in as many transactions, which all have begun before the first one writes."""
    start = asyncio.Barrier(len(batches))

    async def record(batch: list[AuditRecord]) -> None:
        async with vault.database.transaction() as tx:
            await start.wait()
            await service.record(tx, batch)

    await asyncio.gather(*(record(batch) for batch in batches))


async def test_signatures_cover_the_oldest_first_and_each_event_once(
    vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signature_records, "MAX_BATCH", 2)
    events = await vault.record(*(deed() for _ in range(5)))

    made = await vault.signature()

    assert [signature.number for signature in made] == [1, 2, 3]
    assert [len(signature.event_ids) for signature in made] == [2, 2, 1]
    assert await signed(vault) == events
    assert await vault.ask("select from audit_unsigned_events") == []
    assert await vault.signature() == []
    assert await vault.problems() == []


async def test_a_late_commit_is_in_a_later_signature(
    vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Each stretch of the walk is as short as can be, so that the late ones lie far behind it.
    monkeypatch.setattr(signature_records, "MAX_BATCH", 2)
    monkeypatch.setattr(service, "_SIGNATURES_AT_ONCE", 1)
    early = deed()
    others = [deed() for _ in range(6)]
    await vault.record(*others)
    await vault.signature()
    await vault.record(early)
    late = await vault.signature()

    assert [signature.event_ids for signature in late] == [[early.id]]
    assert await vault.problems() == []
    await vault.tamper("delete from audit_signatures where number = 4")
    assert await vault.problems() == [
        f"Event {early.id} is neither signed nor waiting to be signed."
    ]


async def test_signing_does_not_wait_for_writers(vault: Vault) -> None:
    await vault.record(deed())
    async with vault.database.transaction() as tx:
        await service.record(tx, [deed()])
        async with asyncio.timeout(PATIENCE_S):
            assert len(await vault.signature()) == 1
            assert await vault.problems() == []

    assert len(await vault.signature()) == 1
    assert len(await signed(vault)) == 2


async def test_writers_do_not_wait_for_signing(vault: Vault) -> None:
    member = await vault.member()
    await vault.record(deed(member.id))
    async with vault.database.transaction() as tx:
        assert await service.sign_batch(tx, vault.keys) is not None
        async with asyncio.timeout(PATIENCE_S):
            await asyncio.gather(*(vault.record(deed(member.id)) for _ in range(50)))
            # Nor does another one that would signature: it leaves that to the first.
            assert await vault.signature() == []
            assert await vault.problems() == []

    assert len(await vault.signature()) == 1
    assert len(await signed(vault)) == 51
    assert await vault.problems() == []


async def test_fifty_writers_and_a_signer_leave_a_valid_log(vault: Vault) -> None:
    members = [await vault.member() for _ in range(10)]
    is_over = asyncio.Event()

    async def write(number: int) -> None:
        for _ in range(10):
            await vault.record(deed(members[number % 10].id))

    async def sign_continuously() -> None:
        while not is_over.is_set():
            await vault.signature()
            assert await vault.problems() == []

    async with asyncio.TaskGroup() as group:
        group.create_task(sign_continuously())
        await asyncio.gather(*(write(number) for number in range(50)))
        is_over.set()
    await vault.signature()

    found = await signed(vault)
    assert len(found) == len(set(found)) == 500
    assert await vault.problems() == []


async def test_a_rolled_back_signature_changes_nothing(vault: Vault) -> None:
    events = await vault.record(deed(), deed())

    async def fail() -> None:
        async with vault.database.transaction() as tx:
            await service.sign_batch(tx, vault.keys)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()

    assert [signature.event_ids for signature in await vault.signature()] == [events]


async def test_the_job_logs_each_signature(vault: Vault) -> None:
    await vault.record(deed(), deed())

    with capture_logs() as logs:
        await jobs.sign_events(vault.database, vault.keys)
        await jobs.sign_events(vault.database, vault.keys)

    ((digest,),) = await vault.ask("select encode(digest, 'hex') from audit_signatures")
    assert [
        (line["event"], line["signature"], line["events"], line["digest"]) for line in logs
    ] == [("audit_signed", 1, 2, digest)]


async def test_details_of_anonymous_requests_are_deleted_after_180_days(vault: Vault) -> None:
    member = await vault.member()
    old, fresh, members = await vault.record(deed(), deed(), deed(member.id))
    long_ago = ANONYMOUS_KEPT_FOR + timedelta(days=1)
    # Both are moved, so that the event is as old as its details, before it is signed.
    await vault.tamper(
        "update audit_events set created_at = created_at - $2::interval where id = $1",
        old,
        long_ago,
    )
    await vault.tamper(
        "update audit_details set expires_at = expires_at - $2::interval where event_id = $1",
        old,
        long_ago,
    )
    await vault.signature()

    await jobs.delete_old_details(vault.database)

    assert await vault.ask("select event_id from audit_details order by event_id") == [
        (fresh,),
        (members,),
    ]
    assert await vault.problems() == []
