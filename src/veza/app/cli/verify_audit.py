"""`veza audit`: seals what waits, and verifies that nobody changed what was recorded.

And what is changed from the command line is recorded as well.
"""

import re
import sys
from pathlib import Path

from veza.app.services import Services
from veza.core.audit_record import AuditLog, AuditRecord
from veza.core.errors import CannotStart
from veza.core.ids import AuditEventId, new_id
from veza.domains.platform.audit import service as audit
from veza.domains.platform.audit.models import Note, Tally
from veza.domains.platform.audit.service import SealKeys, Verification
from veza.infra.postgres.database import Database, Tx
from veza.infra.security.secrets import DerivedKeys

_PURPOSE = "audit_seal"
_NOTE = re.compile(r"(?P<number>[0-9]{1,18}):(?P<digest>[0-9a-f]{64})")
# More than that says no more.
_MAX_FAULTS = 1000


def seal_keys(services: Services, former: Path | None = None) -> SealKeys:
    """Derive the key that seals, and those of former secrets, one a line. Raises CannotStart."""
    current = services.keys.derive(_PURPOSE)
    return SealKeys(current, [DerivedKeys(secret).derive(_PURPOSE) for secret in _read(former)])


def record_command(database: Database, command: str) -> None:
    """Have what a command changes recorded too, once, in the log of what staff does."""
    is_recorded = False

    async def record(tx: Tx) -> None:
        nonlocal is_recorded
        if not is_recorded:
            is_recorded = True
            await audit.record(tx, [_deed_of(command)])

    database.set_before_commit(record)


async def seal(services: Services) -> None:
    """Seal all that waits, and print each seal."""
    count = 0
    async for made in audit.seal_waiting(services.database, seal_keys(services)):
        sys.stdout.write(f"{_write(Note(made.number, made.digest))}\n")
        count += 1
    sys.stdout.write(f"{count} seals were made.\n")


async def verify(services: Services, *, note: str | None, former: Path | None) -> bool:
    """Print all that isn't as it was recorded; tell whether all is."""
    keys = seal_keys(services, former)
    faults = 0
    async with services.database.read() as conn:
        verification = Verification(conn, keys, _parse(note) if note else None)
        async for fault in verification.find_faults():
            faults += 1
            sys.stdout.write(f"{fault}\n")
            if faults == _MAX_FAULTS:
                sys.stdout.write("That is enough: what comes after wasn't looked at.\n")
                break
    sys.stdout.write(_sum_up(verification.tally))
    return not faults


def _deed_of(command: str) -> AuditRecord:
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


def _sum_up(tally: Tally) -> str:
    words = f"{tally.events} events in {tally.seals} seals were verified, {tally.waiting} wait.\n"
    return words + (f"The last seal is {_write(tally.last)}\n" if tally.last else "")


def _write(note: Note) -> str:
    return f"{note.number}:{note.digest.hex()}"


def _parse(text: str) -> Note:
    noted = _NOTE.fullmatch(text)
    if noted is None:
        raise CannotStart("A seal is noted as NUMBER:DIGEST, as `veza audit` prints it.")
    return Note(int(noted["number"]), bytes.fromhex(noted["digest"]))


def _read(path: Path | None) -> list[str]:
    if path is None:
        return []
    try:
        lines = path.read_text().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise CannotStart(f"{path} can't be read: {error}") from error
    return [line.strip() for line in lines if line.strip()]
