"""What this domain keeps of a person: to hand out, and to erase."""

from msgspec import Struct

from veza.core.ids import UserId
from veza.domains.moderation import queries
from veza.domains.moderation.models import Notice, OwnEntry, Status
from veza.infra.db import Conn, Tx

# Tables that hold a person's id, or hang on one that does.
TABLES = ("reports", "report_entries", "sanctions", "notices")


class PersonalModeration(Struct, frozen=True):
    """What a member reported, and what they were told: of each sanction too."""

    reported: list[OwnEntry]
    notices: list[Notice]


async def export(conn: Conn, user_id: UserId) -> PersonalModeration:
    """Hand out what a member reported, and what they were told.

    Not what others reported about them: it would tell them who it was.
    """
    return PersonalModeration(
        await queries.list_entries_of(conn, user_id),
        await queries.list_notices(conn, user_id),
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
        await queries.insert_outcomes(tx, report_id)
    await queries.update_emptied(tx, [case.id for case in about])
    await queries.delete_sanctions_and_notices(tx, user_id)
