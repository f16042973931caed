"""Records of the audit log, and a database that holds only those of a test."""

from dataclasses import dataclass
from typing import Any

import asyncpg

from tests import make
from tests.infra.databases import Scratch, execute
from veza.core.access import Member
from veza.core.audit_record import AuditLog, AuditRecord
from veza.core.ids import AuditEventId, UserId, new_id
from veza.domains.platform.audit import service
from veza.domains.platform.audit.models import AuditSignature, SignatureReference
from veza.domains.platform.audit.service import SigningKeys, Verification
from veza.infra.postgres.database import Database

KEYS = SigningKeys(b"a key of the tests, 32 bytes long")


def deed(user_id: UserId | None = None, **changes: Any) -> AuditRecord:
    """What somebody did: something new each time."""
    track_id = new_id()
    given: dict[str, Any] = {
        "id": AuditEventId(new_id()),
        "log": AuditLog.MEMBERS,
        "user_id": user_id,
        "action": "like_track",
        "route": "/api/v1/tracks/{track_id}/like",
        "resource": f"/api/v1/tracks/{track_id}/like",
        "member_id": None,
        "status": 200,
        "ip": "192.0.2.7",
        "request_id": str(track_id),
    }
    return AuditRecord(**given | changes)


def follow(user_id: UserId, followed: UserId) -> AuditRecord:
    """What somebody did to somebody else."""
    route = "/api/v1/users/{user_id}/follow"
    resource = route.replace("{user_id}", str(followed))
    return deed(user_id, action="follow", route=route, resource=resource, member_id=followed)


@dataclass
class Vault:
    """An audit, and those who may write, signature, verify and tamper with it."""

    database: Database
    urls: Scratch
    keys: SigningKeys = KEYS

    async def member(self) -> Member:
        async with self.database.transaction() as tx:
            return (await make.member_in(tx))[0]

    async def record(self, *deeds: AuditRecord) -> list[AuditEventId]:
        async with self.database.transaction() as tx:
            await service.record(tx, deeds)
        return [one.id for one in deeds]

    async def signature(self) -> list[AuditSignature]:
        return [made async for made in service.sign_all(self.database, self.keys)]

    async def problems(self, note: SignatureReference | None = None) -> list[str]:
        return (await self.verify(note))[0]

    async def verify(
        self, note: SignatureReference | None = None
    ) -> tuple[list[str], Verification]:
        async with self.database.read() as conn:
            verification = Verification(conn, self.keys, note)
            return [problem async for problem in verification.find_problems()], verification

    async def ask(self, sql: str, *args: Any) -> list[Any]:
        return await execute(self.urls.owner_url, sql, *args)

    async def tamper(self, sql: str, *args: Any) -> None:
        """Do as the owner of the schema can who means it: the triggers are off meanwhile."""
        owner = await asyncpg.connect(self.urls.owner_url)
        try:
            for table in ("audit_events", "audit_signatures"):
                await owner.execute(f"alter table {table} disable trigger user")
            await owner.execute(sql, *args)
            for table in ("audit_events", "audit_signatures"):
                await owner.execute(f"alter table {table} enable trigger user")
        finally:
            await owner.close()
