"""The database refuses changes of the audit log, by the program and by its owner."""

import asyncpg
import pytest

from tests.domains.platform.audit.vault_steps import Vault, deed
from tests.infra.databases import execute, scratch
from veza.app.services import Services
from veza.infra.postgres.migrate import migrate

CHANGES = [
    "update {} set {} = {}",
    "delete from {}",
    "truncate {}",
    "update {} set {} = {} where false",
    "delete from {} where false",
]
KEPT = [("audit_events", "action", "'other'"), ("audit_signatures", "signed_at", "now()")]


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("kept", KEPT, ids=lambda kept: kept[0])
async def test_the_program_can_not_change_or_delete_what_is_recorded(
    vault: Vault, kept: tuple[str, str, str], change: str
) -> None:
    await vault.record(deed())
    await vault.signature()

    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied"):
        await execute(vault.urls.app_url, change.format(*kept))


@pytest.mark.parametrize(
    "change",
    [
        "update audit_details set ip = '192.0.2.1'",
        "truncate audit_details",
        "update audit_unsigned_events set event_id = gen_random_uuid()",
        "truncate audit_unsigned_events",
        "truncate audit_subjects",
        "alter table audit_events disable trigger user",
        "drop table audit_events",
        "create trigger t before update on audit_events execute function refuse_change()",
    ],
)
async def test_the_program_cannot_change_the_schema_either(vault: Vault, change: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await execute(vault.urls.app_url, change)


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("kept", KEPT, ids=lambda kept: kept[0])
async def test_triggers_protect_the_owner_from_mistakes(
    vault: Vault, kept: tuple[str, str, str], change: str
) -> None:
    await vault.record(deed())

    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="never changed or deleted"):
        await vault.ask(change.format(*kept))

    assert len(await vault.ask("select from audit_events")) == 1


@pytest.mark.long
async def test_triggers_protect_a_single_role_from_mistakes(services: Services) -> None:
    async with scratch(services) as urls:
        await migrate(urls.owner_url, urls.owner_url)
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="never changed or deleted"):
            await execute(urls.owner_url, "delete from audit_events")


async def test_deleting_a_member_deletes_nothing_that_is_recorded(vault: Vault) -> None:
    member = await vault.member()
    await vault.record(deed(member.id))
    await vault.signature()

    await execute(vault.urls.app_url, "delete from users where id = $1", member.id)

    assert await vault.problems() == []
    assert len(await vault.ask("select from audit_events")) == 1
    assert await vault.ask("select from audit_subjects") == []
