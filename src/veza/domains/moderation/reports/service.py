"""Reports of an item are combined, and resolved once; admins suspend and lift."""

import math
from collections.abc import Collection, Generator, Mapping
from contextlib import contextmanager, suppress
from uuid import UUID

from msgspec import Struct, structs

from veza.core.access import Member, Role
from veza.core.errors import Allowance, FieldError, Invalid, Unauthenticated, Unavailable, required
from veza.core.ids import ModerationActionId, ReportId, UserId, new_id
from veza.core.normalize import require_text
from veza.core.step_up import StepUp
from veza.domains.auth.accounts.service import member_accounts, suspensions
from veza.domains.auth.factors.service.step_ups import ensure_stepped_up
from veza.domains.contributions import Evidence, FindCopies, FindEvidence
from veza.domains.moderation.reports import queries, rules, shared_queries
from veza.domains.moderation.reports.errors import (
    AlreadySuspended,
    AuthorGone,
    ContentNotFound,
    NotSuspended,
    OwnContentReported,
    OwnHistory,
    OwnReport,
    ReportNotFound,
    TooManyReports,
)
from veza.domains.moderation.reports.events import ModerationActionTaken, ReportClosed
from veza.domains.moderation.reports.models import (
    AdminReport,
    FoundAgain,
    LockedReport,
    ModerationActionList,
    ModerationActionType,
    NewModerationAction,
    NewReport,
    Report,
    ReportAction,
    ReportForm,
    ReportPage,
    ReportQuery,
    ReportResolution,
    ReportStatus,
    ReportVerdict,
    StoredResolution,
)
from veza.domains.platform.text_filters.events import TextFlagged
from veza.infra.jobs.outbox import emit
from veza.infra.postgres.database import Conn, ConstraintViolation, Database, Tx
from veza.infra.valkey.client import WindowCounters

_MAX_TRIES = 5


class ReportContext(Struct, frozen=True):
    """The types of content that can be reported, what is the same, and the limit of reports."""

    content_types: Mapping[str, FindEvidence]
    copies: Mapping[str, FindCopies]
    counters: WindowCounters


async def create_report(
    database: Database, context: ReportContext, reporter: Member, form: ReportForm
) -> Report:
    """Report an item and store its content. Several reports of an item are combined.

    Repeated reports are ignored. Raises ContentNotFound, OwnContentReported, and TooManyReports,
    which is raised before any lookup, so that it reveals nothing.
    """
    find_evidence = context.content_types.get(form.content_type)
    if find_evidence is None:
        known = ", ".join(f"`{name}`" for name in context.content_types)
        raise Invalid(
            details=[FieldError("content_type", f"This must be one of {known}.", "choice")]
        )
    reason = require_text(form.reason, "reason", "Give a reason for the report.")
    await _ensure_few_reports(context, reporter)
    async with database.transaction() as tx:
        evidence = required(await find_evidence(tx, form.content_id, reporter), ContentNotFound)
        if evidence.author_id == reporter.id:
            raise OwnContentReported
        with _raising_if_erased():
            report = await _insert_or_lock_report(tx, form, evidence)
            await queries.insert_entry(
                tx, report.id, reporter.id, reason=reason, category=form.category
            )
        return report


async def report_flagged(
    tx: Tx, content_types: Mapping[str, FindEvidence], flagged: TextFlagged
) -> None:
    """Report an item whose text a filter flagged, as it is now; do nothing if it is gone."""
    form = ReportForm(flagged.content_type, flagged.content_id, rules.FILTER_REASON)
    report = await _open_case(tx, content_types, form, flagged.author_id)
    if report is not None:
        await queries.insert_filter_entry(tx, report.id, form.reason)


async def report_found(
    tx: Tx, content_types: Mapping[str, FindEvidence], found: FoundAgain
) -> None:
    """Report an item that is like one that was taken down; do nothing if it is gone."""
    form = ReportForm(found.content_type, found.content_id, found.reason, found.category)
    report = await _open_case(tx, content_types, form, found.author_id)
    if report is not None:
        await queries.insert_match_entry(tx, report.id, form.reason, form.category)


async def _open_case(
    tx: Tx, content_types: Mapping[str, FindEvidence], form: ReportForm, author_id: UserId
) -> Report | None:
    """Return the pending report of an item that no member reported; None if the item is gone."""
    # Its author can see it whatever its visibility.
    author = Member(author_id, Role.USER, session_id=None)
    evidence = await content_types[form.content_type](tx, form.content_id, author)
    return None if evidence is None else await _insert_or_lock_report(tx, form, evidence)


async def list_reports(conn: Conn, query: ReportQuery, staff: Member) -> ReportPage:
    """Return a page of reports for moderators, newest first, without those about themselves."""
    found = await queries.list_reports(conn, query, staff.actor_id)
    return ReportPage(found, await queries.count_reports(conn, query, staff.actor_id))


async def get_report(conn: Conn, report_id: ReportId) -> AdminReport:
    """Return a report as moderators see it. Raises ReportNotFound."""
    return required(await queries.find_report(conn, report_id), ReportNotFound)


async def show_report(
    conn: Conn, context: ReportContext, report_id: ReportId, staff: Member
) -> AdminReport:
    """Return a report, and what of others is the same. Raises ReportNotFound and OwnReport."""
    report = await get_report(conn, report_id)
    if report.author is not None and await shared_queries.owns(
        conn, staff.actor_id, report.author.id
    ):
        raise OwnReport
    find_copies = context.copies.get(report.content_type)
    if find_copies is None or report.content_id is None:
        return report
    return structs.replace(report, copies=await find_copies(conn, report.content_id))


async def resolve_report(
    tx: Tx, report_id: ReportId, moderator: Member, resolution: ReportResolution
) -> AdminReport:
    """Resolve a report: the first resolution counts.

    The reporters are notified of the outcome; a warned or suspended author is notified of the
    reason, but not of the reporters.
    """
    report = required(await queries.lock_report(tx, report_id, moderator.actor_id), ReportNotFound)
    rules.ensure_may_resolve(report)
    action = resolution.action
    reason = rules.reason_of(resolution)
    if action in rules.ACTION_TYPES:
        reason = reason or rules.DEFAULT_REASON
        await _act_on_author(tx, report, moderator, action, reason)
    await member_accounts.lock_account(tx, moderator.id)
    outcome = ReportVerdict(action)
    decision = StoredResolution(rules.status_after(action), outcome, reason, moderator.id)
    await queries.update_resolved(tx, report_id, decision)
    await emit(tx, ReportClosed(report_id))
    return await get_report(tx, report_id)


async def resolve_taken_down(
    tx: Tx, content_type: str, content_ids: Collection[UUID], *, moderator: Member, reason: str
) -> ReportId | None:
    """Resolve the pending reports of an item that is taken down, and return one, if there is one.

    All who reported it are notified. The item may have been reported by several ids: one report
    that people made goes before those of programs, as the decision was not the site's initiative.
    """
    decision = StoredResolution(
        ReportStatus.RESOLVED, ReportVerdict.TAKE_DOWN, reason, moderator.id
    )
    closed = await _close_pending(tx, content_type, content_ids, decision)
    return await queries.find_asked(tx, closed) if closed else None


async def dismiss_pending(
    tx: Tx, content_type: str, content_id: UUID, *, moderator: Member
) -> None:
    """Dismiss the pending report of an item that staff has decided to show, if there is one."""
    decision = StoredResolution(ReportStatus.DISMISSED, ReportVerdict.DISMISS, None, moderator.id)
    await _close_pending(tx, content_type, [content_id], decision)


async def _close_pending(
    tx: Tx, content_type: str, content_ids: Collection[UUID], decision: StoredResolution
) -> list[ReportId]:
    report_ids = await queries.lock_pending_ids(tx, content_type, content_ids)
    for report_id in report_ids:
        await queries.update_resolved(tx, report_id, decision)
        await emit(tx, ReportClosed(report_id))
    return report_ids


async def suspend(tx: Tx, user_id: UserId, admin: Member, reason: str) -> None:
    """Suspend a member without a report. Raises OwnHistory and what `ensure_may_suspend` does."""
    reason = require_text(reason, "reason", "Enter a reason: the member receives it.")
    standing = await member_accounts.lock_account_status(tx, user_id, keeps_admin=True)
    rules.ensure_may_suspend(admin, standing)
    await _ensure_about_another(tx, user_id, admin)
    await suspensions.suspend(tx, user_id, reason)
    await record_action(
        tx, NewModerationAction(user_id, ModerationActionType.SUSPEND, reason, admin.id)
    )


async def lift_suspension(
    tx: Tx, user_id: UserId, admin: Member, reason: str | None
) -> ModerationActionId:
    """Lift a suspension, and return the action. Raises OwnHistory and NotSuspended."""
    await _ensure_about_another(tx, user_id, admin)
    if not await suspensions.lift_suspension(tx, user_id):
        raise NotSuspended
    given = (reason or "").strip() or None
    return await record_action(
        tx, NewModerationAction(user_id, ModerationActionType.LIFT_SUSPENSION, given, admin.id)
    )


async def list_moderation_actions(
    conn: Conn, user_id: UserId, staff: Member
) -> ModerationActionList:
    """Return the moderation actions on a member, newest first. Raises OwnHistory."""
    await _ensure_about_another(conn, user_id, staff)
    await member_accounts.get_admin_user(conn, user_id)
    return ModerationActionList(await queries.list_actions(conn, user_id))


async def _ensure_about_another(conn: Conn, user_id: UserId, staff: Member) -> None:
    if await shared_queries.owns(conn, staff.actor_id, user_id):
        raise OwnHistory


async def _ensure_few_reports(context: ReportContext, reporter: Member) -> None:
    window = await context.counters.add(f"reports:{reporter.actor_id}", rules.REPORTS_WINDOW_S)
    if window.count > rules.MAX_REPORTS:
        wait_s = max(1, math.ceil(window.ends_in_s))
        allowance = Allowance(rules.MAX_REPORTS, rules.REPORTS_WINDOW_S)
        raise TooManyReports(retry_after=wait_s, allowance=allowance)


async def _insert_or_lock_report(tx: Tx, form: ReportForm, evidence: Evidence) -> Report:
    """Insert a report, or lock the pending report of the same item."""
    new = NewReport(
        ReportId(new_id()),
        form.content_type,
        form.content_id,
        evidence.author_id,
        rules.content_of(evidence),
    )
    for _ in range(_MAX_TRIES):
        report = await queries.insert_report(tx, new)
        report = report or await queries.lock_pending(tx, form.content_type, form.content_id)
        if report is not None:
            return report
        # It was pending, and was resolved before it could be locked.
    raise Unavailable


@contextmanager
def _raising_if_erased() -> Generator[None]:
    """Raise ContentNotFound or Unauthenticated if an account was erased just now."""
    try:
        yield
    except ConstraintViolation as error:
        if error.constraint == "reports_author_id_fkey":
            raise ContentNotFound from error
        if error.constraint == "report_entries_reporter_id_fkey":
            raise Unauthenticated from error
        raise


async def _act_on_author(
    tx: Tx, report: LockedReport, moderator: Member, action: ReportAction, reason: str
) -> None:
    if report.author_id is None:
        raise AuthorGone
    if action is ReportAction.SUSPEND:
        author = await member_accounts.lock_account_status(tx, report.author_id, keeps_admin=True)
        # An earlier suspension keeps its reason; the report is still resolved.
        with suppress(AlreadySuspended):
            rules.ensure_may_suspend(moderator, author)
        await ensure_stepped_up(tx, moderator, StepUp.EVERYBODY)
        await suspensions.suspend(tx, report.author_id, reason)
    action_type = rules.ACTION_TYPES[action]
    await record_action(
        tx, NewModerationAction(report.author_id, action_type, reason, moderator.id, report.id)
    )


async def record_action(tx: Tx, action: NewModerationAction) -> ModerationActionId:
    """Store a moderation action, emit ModerationActionTaken, and return its id."""
    if action.decided_by is not None:
        await member_accounts.lock_account(tx, action.decided_by)
    action_id = ModerationActionId(new_id())
    await queries.insert_action(tx, action_id, action)
    await emit(tx, ModerationActionTaken(action_id, action.user_id, action.action))
    return action_id


async def set_decider(tx: Tx, action_id: ModerationActionId, staff: Member) -> None:
    """Note the member of staff who keeps up an action that was automatic."""
    await member_accounts.lock_account(tx, staff.id)
    await queries.update_decided_by(tx, action_id, staff.id)
