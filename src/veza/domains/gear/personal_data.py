"""What this domain keeps of a person: to hand out, and to erase."""

from collections.abc import Sequence

from veza.core.ids import UserId
from veza.core.pages import Cursor
from veza.core.personal_files import PersonalFile
from veza.domains.gear import queries, rules, service
from veza.domains.gear.models import DocumentPlace, GearQuery, OwnGear, StoredGear
from veza.infra.postgres.database import Conn, Tx

# Tables that hold a person's id, or hang on one that does.
TABLES = ("gear", "gear_repairs", "gear_documents")

_PAGE = 100


async def export(conn: Conn, user_id: UserId) -> list[OwnGear]:
    """Hand out what a member owns, with its repairs and what is known of its documents."""
    handed_out: list[OwnGear] = []
    cursor = None
    while gear := await queries.list_gear(conn, user_id, GearQuery(_PAGE - 1, cursor)):
        handed_out += await _hand_out(conn, gear)
        cursor = Cursor(gear[-1].created_at, gear[-1].id)
    return handed_out


async def list_files(conn: Conn, user_id: UserId) -> list[PersonalFile]:
    """List the documents of what a member owns."""
    files: list[PersonalFile] = []
    for own in await export(conn, user_id):
        for document in own.documents:
            key = rules.key_of(DocumentPlace(document.gear_id, document.id))
            files.append(PersonalFile(f"{document.id}-{document.name}", key, document.size_bytes))
    return files


async def erase(tx: Tx, user_id: UserId) -> None:
    """Erase what a member owns; the files go soon after."""
    await service.forget(tx, await queries.delete_all_of(tx, user_id))


async def _hand_out(conn: Conn, gear: Sequence[StoredGear]) -> list[OwnGear]:
    ids = [one.id for one in gear]
    repairs = await queries.list_all_repairs(conn, ids)
    documents = await queries.list_all_documents(conn, ids)
    return [
        OwnGear(
            one,
            [repair for repair in repairs if repair.gear_id == one.id],
            [document for document in documents if document.gear_id == one.id],
        )
        for one in gear
    ]
