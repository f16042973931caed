"""Recording and sealing: nothing is lost or doubled, and nobody waits for anybody."""

import asyncio
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from tests.domains.platform.audit.conftest import Vault, deed, follow
from tests.infra.waiting import until
from veza.core.audit_record import AuditRecord
from veza.core.ids import AuditEventId, UserId, new_id
from veza.domains.platform.audit import jobs, queries, service
from veza.domains.platform.audit.rules import NOBODYS_KEPT_FOR

PATIENCE_S = 30


async def sealed(vault: Vault) -> list[AuditEventId]:
    rows = await vault.ask("select event_ids from audit_seals order by number")
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
        (deeds[1].id, None, None, NOBODYS_KEPT_FOR),
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
    assert await vault.faults() == []


async def test_who_has_no_account_any_more_is_nobody(vault: Vault) -> None:
    (event,) = await vault.record(deed(UserId(new_id())))

    assert await vault.ask("select id, subject_id from audit_events") == [(event, None)]
    assert await vault.ask("select from audit_subjects") == []


async def test_who_is_recorded_for_the_first_time_twice_at_once_has_one_subject(
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
    assert await vault.faults() == []


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
    assert await vault.faults() == []


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


async def test_seals_hold_the_oldest_first_and_each_event_once(
    vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "MAX_SEALED", 2)
    events = await vault.record(*(deed() for _ in range(5)))

    made = await vault.seal()

    assert [seal.number for seal in made] == [1, 2, 3]
    assert [len(seal.event_ids) for seal in made] == [2, 2, 1]
    assert await sealed(vault) == events
    assert await vault.ask("select from audit_unsealed") == []
    assert await vault.seal() == []
    assert await vault.faults() == []


async def test_what_is_committed_late_is_in_a_later_seal(
    vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Each stretch of the walk is as short as can be, so that the late ones lie far behind it.
    monkeypatch.setattr(queries, "MAX_SEALED", 2)
    monkeypatch.setattr(service, "_SEALS_AT_ONCE", 1)
    early = deed()
    others = [deed() for _ in range(6)]
    await vault.record(*others)
    await vault.seal()
    await vault.record(early)
    late = await vault.seal()

    assert [seal.event_ids for seal in late] == [[early.id]]
    assert await vault.faults() == []
    await vault.tamper("delete from audit_seals where number = 4")
    assert await vault.faults() == [f"Event {early.id} is in no seal, and waits for none."]


async def test_sealing_does_not_wait_for_those_who_write(vault: Vault) -> None:
    await vault.record(deed())
    async with vault.database.transaction() as tx:
        await service.record(tx, [deed()])
        async with asyncio.timeout(PATIENCE_S):
            assert len(await vault.seal()) == 1
            assert await vault.faults() == []

    assert len(await vault.seal()) == 1
    assert len(await sealed(vault)) == 2


async def test_those_who_write_do_not_wait_for_the_sealing(vault: Vault) -> None:
    member = await vault.member()
    await vault.record(deed(member.id))
    async with vault.database.transaction() as tx:
        assert await service.seal(tx, vault.keys) is not None
        async with asyncio.timeout(PATIENCE_S):
            await asyncio.gather(*(vault.record(deed(member.id)) for _ in range(50)))
            # Nor does another one that would seal: it leaves that to the first.
            assert await vault.seal() == []
            assert await vault.faults() == []

    assert len(await vault.seal()) == 1
    assert len(await sealed(vault)) == 51
    assert await vault.faults() == []


async def test_fifty_who_write_and_one_who_seals_leave_all_in_order(vault: Vault) -> None:
    members = [await vault.member() for _ in range(10)]
    is_over = asyncio.Event()

    async def write(number: int) -> None:
        for _ in range(10):
            await vault.record(deed(members[number % 10].id))

    async def seal_all_the_while() -> None:
        while not is_over.is_set():
            await vault.seal()
            assert await vault.faults() == []

    async with asyncio.TaskGroup() as group:
        group.create_task(seal_all_the_while())
        await asyncio.gather(*(write(number) for number in range(50)))
        is_over.set()
    await vault.seal()

    found = await sealed(vault)
    assert len(found) == len(set(found)) == 500
    assert await vault.faults() == []


async def test_a_seal_that_is_undone_leaves_all_as_it_was(vault: Vault) -> None:
    events = await vault.record(deed(), deed())

    async def fail() -> None:
        async with vault.database.transaction() as tx:
            await service.seal(tx, vault.keys)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()

    assert [seal.event_ids for seal in await vault.seal()] == [events]


async def test_the_job_seals_and_logs_each_seal(vault: Vault) -> None:
    await vault.record(deed(), deed())

    with capture_logs() as logs:
        await jobs.seal_events(vault.database, vault.keys)
        await jobs.seal_events(vault.database, vault.keys)

    ((digest,),) = await vault.ask("select encode(digest, 'hex') from audit_seals")
    assert [(line["event"], line["seal"], line["events"], line["digest"]) for line in logs] == [
        ("audit_sealed", 1, 2, digest)
    ]


async def test_what_is_kept_of_nobody_is_forgotten_after_half_a_year(vault: Vault) -> None:
    member = await vault.member()
    old, fresh, members = await vault.record(deed(), deed(), deed(member.id))
    long_ago = NOBODYS_KEPT_FOR + timedelta(days=1)
    # Both are moved, so that the event is as old as its details, before it is sealed.
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
    await vault.seal()

    await jobs.sweep_details(vault.database)

    assert await vault.ask("select event_id from audit_details order by event_id") == [
        (fresh,),
        (members,),
    ]
    assert await vault.faults() == []
