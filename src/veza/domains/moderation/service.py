"""What members and moderators can do: report, judge, suspend, unban."""

import math
from collections.abc import Awaitable, Callable, Generator, Mapping
from contextlib import contextmanager
from uuid import UUID

from msgspec import Struct

from veza.core.access import Member, Role
from veza.core.errors import Fault, Invalid, Unauthenticated, Unavailable
from veza.core.ids import ReportId, SanctionId, UserId, new_id
from veza.domains.auth.accounts import service as accounts
from veza.domains.moderation import queries, rules
from veza.domains.moderation.errors import (
    AdminProtected,
    AlreadySuspended,
    AuthorGone,
    ContentNotFound,
    NotSuspended,
    OwnAccount,
    OwnContent,
    ReportNotFound,
    TooManyReports,
)
from veza.domains.moderation.events import MemberSanctioned, ReportClosed
from veza.domains.moderation.models import (
    Action,
    Decision,
    Evidence,
    NewReport,
    NewSanction,
    OpenCase,
    Report,
    ReportFigures,
    ReportForm,
    ReportForStaff,
    ReportPage,
    ReportQuery,
    SanctionAction,
    SanctionList,
    Verdict,
)
from veza.infra.jobs.outbox import emit
from veza.infra.postgres.database import Conn, ConstraintViolation, Database, Tx
from veza.infra.valkey.client import WindowCounters

_MAX_TRIES = 5

type FindEvidence = Callable[[Conn, UUID, Member], Awaitable[Evidence | None]]


class Desk(Struct, frozen=True):
    """Where reports come in: what can be reported, and how much of it by one member."""

    kinds: Mapping[str, FindEvidence]
    counters: WindowCounters


async def report(database: Database, desk: Desk, reporter: Member, form: ReportForm) -> Report:
    """Report a thing, which is kept as it is. Several reports of the same thing are one case.

    Reporting twice is the same as once. Raises TooManyReports before anything is looked up, so that
    nobody finds out by it what there is.
    """
    find_evidence = desk.kinds.get(form.content_type)
    if find_evidence is None:
        known = ", ".join(f"`{kind}`" for kind in desk.kinds)
        raise Invalid(details=[Fault("content_type", f"This must be one of {known}.")])
    reason = form.reason.strip()
    if not reason:
        raise Invalid(details=[Fault("reason", "A report needs a reason.")])
    await _ensure_few(desk, reporter)
    async with database.transaction() as tx:
        evidence = await find_evidence(tx, form.content_id, reporter)
        if evidence is None:
            raise ContentNotFound
        if evidence.author_id == reporter.id:
            raise OwnContent
        with _refusing_what_is_gone():
            case = await _open_case(tx, form, evidence)
            await queries.insert_entry(tx, case.id, reporter.id, reason)
        return case


async def list_reports(conn: Conn, wish: ReportQuery) -> ReportPage:
    """List reports for moderators, newest first."""
    found = await queries.list_reports(conn, wish)
    return ReportPage(found, await queries.count_reports(conn, wish.status))


async def get_report(conn: Conn, report_id: ReportId) -> ReportForStaff:
    """Show a report to moderators."""
    found = await queries.find_report(conn, report_id)
    if found is None:
        raise ReportNotFound
    return found


async def judge(tx: Tx, report_id: ReportId, moderator: Member, verdict: Verdict) -> ReportForStaff:
    """Give the verdict on a report: the first counts.

    Its reporters are told the outcome; its author, where they are warned or banned, the reason.
    Never is the author told who reported.
    """
    case = await queries.lock_report(tx, report_id)
    if case is None:
        raise ReportNotFound
    rules.ensure_may_judge(case, verdict.action, moderator)
    action, reason = verdict.action, rules.reason_of(verdict)
    if action in rules.SANCTIONS:
        reason = reason or rules.PLAIN_REASON
        await _sanction_author(tx, case, moderator, action, reason)
    await accounts.keep_there(tx, moderator.id)
    decision = Decision(rules.status_after(action), action, reason, moderator.id)
    await queries.update_decided(tx, report_id, decision)
    await emit(tx, ReportClosed(report_id))
    return await get_report(tx, report_id)


async def suspend(tx: Tx, user_id: UserId, admin: Member, reason: str) -> None:
    """Suspend a member without a report: out within a second, and all they made hidden."""
    if user_id == admin.id:
        raise OwnAccount
    reason = reason.strip()
    if not reason:
        raise Invalid(details=[Fault("reason", "They have to be told a reason.")])
    if not await accounts.suspend(tx, user_id, reason):
        raise AlreadySuspended
    await _sanction(tx, NewSanction(user_id, SanctionAction.BAN, reason, admin.id))


async def unban(tx: Tx, user_id: UserId, admin: Member, reason: str | None) -> None:
    """Undo a suspension: they may sign in again, and all they made is back."""
    if not await accounts.unsuspend(tx, user_id):
        raise NotSuspended
    given = (reason or "").strip() or None
    await _sanction(tx, NewSanction(user_id, SanctionAction.UNBAN, given, admin.id))


async def list_sanctions(conn: Conn, user_id: UserId) -> SanctionList:
    """List what was done to a member, newest first."""
    await accounts.get_for_staff(conn, user_id)
    return SanctionList(await queries.list_sanctions(conn, user_id))


async def list_reporters(conn: Conn, report_id: ReportId, after: UserId) -> list[UserId]:
    """List who reported something, in the order of their ids, some hundreds at a time."""
    return await queries.list_reporters(conn, report_id, after)


async def count_pending(conn: Conn) -> ReportFigures:
    """Count the reports that wait for a verdict."""
    return await queries.count_pending(conn)


async def _ensure_few(desk: Desk, reporter: Member) -> None:
    so_far = await desk.counters.add(f"reports:{reporter.id}", rules.REPORTS_WINDOW_S)
    if so_far.count > rules.MAX_REPORTS:
        raise TooManyReports(retry_after=max(1, math.ceil(so_far.ends_in_s)))


async def _open_case(tx: Tx, form: ReportForm, evidence: Evidence) -> Report:
    """Open a case, or find the one that is open and keep it so."""
    new = NewReport(
        ReportId(new_id()),
        form.content_type,
        form.content_id,
        evidence.author_id,
        rules.content_of(evidence),
    )
    for _ in range(_MAX_TRIES):
        case = await queries.insert_report(tx, new)
        case = case or await queries.lock_pending(tx, form.content_type, form.content_id)
        if case is not None:
            return case
        # It was open, and had its verdict before it could be locked.
    raise Unavailable


@contextmanager
def _refusing_what_is_gone() -> Generator[None]:
    """Answer as if it had never been there, where an account was erased just now."""
    try:
        yield
    except ConstraintViolation as error:
        if error.constraint == "reports_author_id_fkey":
            raise ContentNotFound from error
        if error.constraint == "report_entries_reporter_id_fkey":
            raise Unauthenticated from error
        raise


async def _sanction_author(
    tx: Tx, case: OpenCase, moderator: Member, action: Action, reason: str
) -> None:
    if case.author_id is None:
        raise AuthorGone
    if action is Action.BAN:
        author = await accounts.get_for_staff(tx, case.author_id)
        if author.role is Role.ADMIN:
            raise AdminProtected
        # Where they were out already, that stays as it was; the verdict counts all the same.
        await accounts.suspend(tx, case.author_id, reason)
    sanction = rules.SANCTIONS[action]
    await _sanction(tx, NewSanction(case.author_id, sanction, reason, moderator.id, case.id))


async def _sanction(tx: Tx, decided: NewSanction) -> None:
    """Keep what is done to a member, by whom and why, and have them told."""
    await accounts.keep_there(tx, decided.decided_by)
    sanction_id = SanctionId(new_id())
    await queries.insert_sanction(tx, sanction_id, decided)
    await emit(tx, MemberSanctioned(sanction_id, decided.user_id, decided.action))
