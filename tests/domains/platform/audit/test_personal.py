"""Personal data in the audit log: export, and erasure that keeps signatures valid."""

from tests.domains.platform.audit.vault_steps import Vault, deed, follow
from veza.core.ids import UserId, new_id
from veza.domains.platform.audit import jobs, personal_data
from veza.domains.platform.audit.queries import event_records

_TABLES = (
    "audit_subjects",
    "audit_events",
    "audit_details",
    "audit_unsigned_events",
    "audit_signatures",
)


async def everything(vault: Vault) -> str:
    """All that the audit holds, as text."""
    rows = [await vault.ask(f"select t::text from {table} t") for table in _TABLES]
    return "\n".join(text for found in rows for (text,) in found)


async def erase(vault: Vault, user_id: UserId) -> None:
    async with vault.database.transaction() as tx:
        await personal_data.erase(tx, user_id)
        await tx.run("delete from users where id = $1", user_id)


async def test_the_export_contains_own_events_only(vault: Vault) -> None:
    member, other = await vault.member(), await vault.member()
    first, second = await vault.record(deed(member.id), follow(member.id, other.id))
    await vault.record(deed(other.id), follow(other.id, member.id), deed())

    async with vault.database.snapshot() as conn:
        handed_out = await personal_data.export(conn, member.id)

    assert [event.id for event in handed_out] == [second, first]
    assert handed_out[0].ip == "192.0.2.7"


async def test_the_export_contains_all_events(vault: Vault) -> None:
    member = await vault.member()
    events = await vault.record(*(deed(member.id) for _ in range(1203)))

    async with vault.database.snapshot() as conn:
        handed_out = await personal_data.export(conn, member.id)

    assert [event.id for event in handed_out] == events[::-1]


async def test_erasing_removes_the_person_and_keeps_the_events_valid(vault: Vault) -> None:
    member, other = await vault.member(), await vault.member()
    ip, asked = "203.0.113.99", "a-request-of-theirs"
    await vault.record(
        deed(member.id, ip=ip, request_id=asked),
        follow(member.id, other.id),
        follow(other.id, member.id),
        deed(other.id, member_id=member.id, resource=f"/api/v1/admin/users/{member.id}/role"),
        deed(other.id, request_id="another's"),
    )
    await vault.signature()
    # One more that isn't signed yet.
    await vault.record(deed(member.id, ip=ip, request_id=asked))
    ((subject, salt),) = await vault.ask(
        "select id, salt from audit_subjects where user_id = $1", member.id
    )
    before = await everything(vault)
    assert all(word in before for word in (str(member.id), ip, asked, salt.hex()))

    await erase(vault, member.id)

    after = await everything(vault)
    assert not [word for word in (str(member.id), ip, asked, salt.hex()) if word in after]
    # What was done is there still, by somebody whom nobody knows, and others' are untouched.
    assert len(await vault.ask("select from audit_events where subject_id = $1", subject)) == 3
    assert "another's" in after
    assert await vault.problems() == []
    await vault.signature()
    assert await vault.problems() == []


async def test_erasing_twice_or_without_events_does_no_harm(vault: Vault) -> None:
    member = await vault.member()
    for _ in range(2):
        await erase(vault, member.id)

    assert await vault.problems() == []


async def test_events_after_the_erasure_have_no_subject(vault: Vault) -> None:
    member = await vault.member()
    async with vault.database.transaction() as tx:
        await personal_data.erase(tx, member.id)
        await tx.run("delete from users where id = $1", member.id)
        # As the request that erases an account does, at its end.
        await event_records.insert_events(tx, [deed(member.id)], anonymous_kept_for=jobs._RECENT)

    assert str(member.id) not in await everything(vault)
    assert await vault.problems() == []


async def test_details_written_during_an_erasure_are_deleted(vault: Vault) -> None:
    member, follower = await vault.member(), await vault.member()
    gone = UserId(new_id())
    await vault.record(deed(member.id), follow(follower.id, gone), deed(follower.id))
    # As if they had been committed a moment later than the erasure.
    await vault.ask("delete from audit_subjects where user_id = $1", member.id)
    kept = await vault.ask("select from audit_details")

    await jobs.delete_old_details(vault.database)

    assert len(kept) - len(await vault.ask("select from audit_details")) == 2
    assert str(gone) not in await everything(vault)
    assert await vault.problems() == []
