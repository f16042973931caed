"""`veza audit`: what it prints, and with which verdict."""

from pathlib import Path

import pytest

from tests import make
from tests.audited import events_by
from tests.domains.platform.audit.vault_steps import deed
from veza.app.services import Services
from veza.app.worker import list_schedules
from veza.cli.main import _create_parser
from veza.core.audit_record import AuditLog
from veza.core.errors import CannotStart
from veza.domains.platform.audit import personal_data, service
from veza.infra.postgres import database as db
from veza.operations.command_records import record_command
from veza.operations.verification import audit_log as verify_audit


@pytest.fixture(autouse=True)
async def some_event(services: Services) -> None:
    async with services.database.transaction() as tx:
        await service.record(tx, [deed()])


async def verify(services: Services, note: str | None = None, former: Path | None = None) -> bool:
    return await verify_audit.verify(services, note=note, former=former)


async def test_it_signs_and_verifies_all_that_these_tests_have_done(
    services: Services, capsys: pytest.CaptureFixture[str]
) -> None:
    await verify_audit.sign(services)
    *_, last, count = capsys.readouterr().out.splitlines()
    assert int(last.partition(":")[0]) >= 1
    assert count.endswith(" signatures were made.")

    assert await verify(services)
    told, noted = capsys.readouterr().out.splitlines()
    assert told.endswith("signatures were verified, 0 wait to be signed.")
    assert noted == f"The last signature is {last}"
    assert await verify(services, note=last)


async def test_it_says_what_is_wrong(
    services: Services, capsys: pytest.CaptureFixture[str]
) -> None:
    await verify_audit.sign(services)
    capsys.readouterr()

    assert not await verify(services, note=f"1000000:{0:064}")

    assert (
        "Signature 1000000 is missing, although it was noted."
        in capsys.readouterr().out.splitlines()
    )


async def test_the_schedule_and_the_command_sign_with_the_same_key(services: Services) -> None:
    _, signature = list_schedules(services)["sign_audit"]
    await signature()
    await verify_audit.sign(services)

    assert await verify(services)


@pytest.mark.parametrize(
    "note", ["7", "7:00", ":", f"x:{0:064}", f"7:{'x' * 64}", f"{0:019}:{0:064}"]
)
async def test_a_note_that_is_none_is_refused(services: Services, note: str) -> None:
    with pytest.raises(CannotStart, match="NUMBER:DIGEST"):
        await verify(services, note=note)


async def test_former_secrets_are_read_from_a_file(services: Services, tmp_path: Path) -> None:
    file = tmp_path / "former"
    file.write_text("the secret of last year, long enough\n\nand that of the year before\n")

    assert len(verify_audit.signing_keys(services, file).former) == 2
    assert await verify(services, former=file)
    with pytest.raises(CannotStart, match="can't be read"):
        await verify(services, former=tmp_path / "nowhere")


async def test_what_a_command_changes_is_recorded_once_as_staffs(services: Services) -> None:
    before = len(await events_by(services, action="set_role"))
    someone = await make.person(services)
    async with db.connect(services.addresses.database) as database:
        record_command(database, "set-role", someone.username)
        for _ in range(2):
            async with database.transaction() as tx:
                await tx.value(int, "select 1")

    events = await events_by(services, action="set_role")
    assert len(events) == before + 1
    assert (events[-1].log, events[-1].resource, events[-1].user_id) == (
        AuditLog.ADMIN,
        f"veza set-role {someone.username}",
        None,
    )
    last = events[-1].id
    async with services.database.transaction(recorded=False) as tx:
        await personal_data.erase(tx, someone.id)
    # Their name goes with them.
    [event] = [each for each in await events_by(services, action="set_role") if each.id == last]
    assert someone.username not in (event.resource or "")


def test_the_command_line_knows_it() -> None:
    parser = _create_parser()
    given = parser.parse_args(["audit", "verify", "--signature", "1:ab", "--former-secrets", "f"])

    assert (given.task, given.signature, given.former_secrets) == ("verify", "1:ab", Path("f"))
    with pytest.raises(SystemExit):
        parser.parse_args(["audit", "forget"])
