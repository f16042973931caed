"""What this domain keeps of a person: to hand out, and to erase."""

from msgspec import Struct

from veza.core.ids import UserId
from veza.domains.moderation import queries
from veza.domains.moderation.events import ReportClosed
from veza.domains.moderation.models import OwnEntry, OwnSanction, Status
from veza.infra.jobs.outbox import emit
from veza.infra.postgres.database import Conn, Tx

# Tables that hold a person's id, or hang on one that does.
TABLES = ("reports", "report_entries", "sanctions")


class PersonalModeration(Struct, frozen=True):
    """What a member reported, and what was done to them."""

    reported: list[OwnEntry]
    sanctions: list[OwnSanction]


async def export(conn: Conn, user_id: UserId) -> PersonalModeration:
    """Hand out what a member reported, and what was done to them.

    Not what others reported about them: it would tell them who it was.
    """
    return PersonalModeration(
        await queries.list_entries_of(conn, user_id),
        await queries.list_sanctions_of(conn, user_id),
    )


async def erase(tx: Tx, user_id: UserId) -> None:
    """Erase what a member reported, and what was said of them.

    Of a report about them is left that there was one and what came of it, naming nobody and
    nothing; one without a verdict is closed, and its reporters are told. What they decided
    themselves stays decided, by nobody, once the account goes.
    """
    await queries.lock_member(tx, user_id)
    await queries.update_entries_of_nobody(tx, user_id)
    about = await queries.lock_reports_about(tx, user_id)
    moot = [case.id for case in about if case.status is Status.PENDING]
    await queries.update_moot(tx, moot)
    for report_id in moot:
        await emit(tx, ReportClosed(report_id))
    await queries.update_emptied(tx, [case.id for case in about])
    await queries.delete_sanctions_of(tx, user_id)
