"""Every filter of the audit log uses an index."""

from typing import Any

import pytest

from tests.domains.platform.audit.vault_steps import Vault, deed
from tests.plans import Catcher
from veza.core.audit_record import AuditLog
from veza.core.ids import new_id, time_of
from veza.domains.platform.audit.models import AuditQuery
from veza.domains.platform.audit.queries import event_records

pytestmark = pytest.mark.long


async def test_every_filter_goes_by_an_index(vault: Vault) -> None:
    members = [await vault.member() for _ in range(20)]
    for _ in range(3):
        many = [deed(members[number % 20].id, ip=f"10.0.0.{number % 250}") for number in range(995)]
        few = [
            deed(status=403),
            deed(log=AuditLog.ADMIN),
            deed(action="upload_track"),
            deed(),
            deed(),
        ]
        await vault.record(*many, *few)
    last = few[-1]
    await vault.ask("analyze")
    wishes: dict[str, dict[str, Any]] = {
        "audit_events_pkey": {"since": time_of(few[0].id), "until": time_of(last.id)},
        "audit_events_subject_id": {"user_id": members[0].id},
        "audit_events_action": {"action": "upload_track"},
        "audit_events_refused": {"status": 403},
        "audit_events_admin": {"log": AuditLog.ADMIN},
        "audit_details_ip": {"ip": "10.0.0.7"},
        "audit_details_resource": {"resource": last.resource[:60]},
        "audit_details_request_id": {"request_id": last.request_id},
    }

    for index, wish in wishes.items():
        plan = await explain(vault, AuditQuery(limit=20, **wish))
        assert f"using {index} " in plan, plan
        assert "Seq Scan on audit_events" not in plan, plan
        assert "Seq Scan on audit_details" not in plan, plan
    assert "Seq Scan on audit_events" not in await explain(vault, AuditQuery(limit=20))


@pytest.mark.parametrize("table", ["audit_events", "audit_details"])
async def test_a_filter_without_an_index_would_be_found(vault: Vault, table: str) -> None:
    await vault.record(*(deed() for _ in range(1000)))
    await vault.ask("analyze")
    column = {"audit_events": "route", "audit_details": "salt::text"}[table]
    rows = await vault.ask(f"explain select from {table} where {column} = $1", str(new_id()))

    assert f"Seq Scan on {table}" in "\n".join(row for (row,) in rows)


async def explain(vault: Vault, wish: AuditQuery) -> str:
    catcher = Catcher()
    await event_records.list_events(catcher, wish)
    return "\n".join(row for (row,) in await vault.ask(f"explain {catcher.sql}", *catcher.args))
