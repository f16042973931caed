"""Data of a member in this domain itself is shown in an export, and erased."""

from datetime import timedelta

from tests import make
from veza.core.access import Role
from veza.core.clock import now
from veza.core.ids import ExportId, new_id
from veza.domains.privacy import personal_data, queries
from veza.domains.privacy.models import PersonalPrivacy


async def test_exports_pending_deletion_and_decisions_are_shown_and_erased(tx):
    (admin, _), (other, _) = [await make.member_in(tx, Role.ADMIN) for _ in range(2)]
    export_ids = {}
    for member in (admin, other):
        export_ids[member.id] = ExportId(new_id())
        await queries.insert_export(tx, export_ids[member.id], member.id)
        await queries.insert_pending_deletion(tx, member.id, now() + timedelta(days=7))
        await queries.insert_erasure(tx, new_id(), f"Spam, says {member.id}", member.id)

    kept = await personal_data.export(tx, admin.id)
    of_other = await personal_data.export(tx, other.id)
    assert [export.id for export in kept.exports] == [export_ids[admin.id]]
    assert kept.pending_deletion is not None
    assert [erasure.reason for erasure in kept.erasures_decided] == [f"Spam, says {admin.id}"]

    await personal_data.erase(tx, admin.id)

    assert await personal_data.export(tx, admin.id) == PersonalPrivacy([], None, [])
    assert await personal_data.export(tx, other.id) == of_other
    sql = """
        select convert_from(payload, 'utf8')::json ->> 'export_ids'
          from jobs
         where name = 'DeleteExports' and status = 'queued'
    """
    assert f'["{export_ids[admin.id]}"]' in await tx.column(str, sql)


async def test_erasing_a_member_without_exports_deletes_no_archive(tx):
    member, _ = await make.member_in(tx)
    sql = "select count(*) from jobs where name = 'DeleteExports'"
    before = await tx.value(int, sql)
    await personal_data.erase(tx, member.id)
    assert await tx.value(int, sql) == before
