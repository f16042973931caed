"""Records the changes that commands make in the audit log."""

from msgspec import structs

from veza.core.audit_record import AuditLog, AuditRecord
from veza.core.ids import AuditEventId, new_id
from veza.domains.auth.accounts.service import member_accounts
from veza.domains.platform.audit import service as audit
from veza.infra.postgres.database import Database, Tx


def record_command(database: Database, command: str, username: str | None = None) -> None:
    """Record the first change that a command makes in the admin log, with the member it names."""
    is_recorded = False

    async def record_once(tx: Tx) -> None:
        nonlocal is_recorded
        if not is_recorded:
            is_recorded = True
            record = _create_record(command)
            if username is not None:
                member_id = await member_accounts.find_any_user_id(tx, username)
                resource = f"{record.resource} {username}"
                record = structs.replace(record, member_id=member_id, resource=resource)
            await audit.record(tx, [record])

    database.set_before_commit(record_once)


def _create_record(command: str) -> AuditRecord:
    return AuditRecord(
        id=AuditEventId(new_id()),
        log=AuditLog.ADMIN,
        user_id=None,
        action=command.replace("-", "_"),
        route=f"veza {command}",
        resource=f"veza {command}",
        member_id=None,
        status=200,
        ip="",
        request_id="",
    )
