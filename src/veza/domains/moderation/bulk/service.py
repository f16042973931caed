"""A run does what its preview has shown: a signed token binds it to that selection."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from veza.core.access import Member
from veza.core.clock import now
from veza.core.errors import VezaError
from veza.core.ids import ReportId, UserId
from veza.core.normalize import require_text
from veza.domains.moderation.bulk import queries, rules
from veza.domains.moderation.bulk.errors import BulkTokenRefused
from veza.domains.moderation.bulk.models import (
    MAX_SELECTED,
    BulkAction,
    BulkCaller,
    BulkMemberForm,
    BulkMemberPreview,
    BulkReportForm,
    BulkReportPreview,
    BulkResult,
    BulkRun,
    BulkStanding,
    Outcomes,
    ReadSelection,
    SelectedMember,
    SignedSelection,
    SkipReason,
)
from veza.domains.moderation.reports import rules as report_rules
from veza.domains.moderation.reports import service as moderation
from veza.domains.moderation.reports.errors import (
    AdminProtected,
    AlreadyResolved,
    AlreadySuspended,
    ApprovalPending,
    OwnAccount,
    OwnReport,
    ReportNotFound,
)
from veza.domains.moderation.reports.models import ReportAction, ReportResolution
from veza.domains.platform.audit import service as audit
from veza.infra.postgres.database import Conn, Database, Tx
from veza.infra.security.tokens import BadToken, TokenSigner

ON_MEMBERS = frozenset({BulkAction.SUSPEND, BulkAction.LIFT_SUSPENSION})
ON_REPORTS = frozenset({BulkAction.DISMISS, BulkAction.RESOLVE})

type ApplyToBatch = Callable[[Tx, Member, ReadSelection, Sequence[UUID]], Awaitable[Outcomes]]

_REASON = "Enter a reason: each member receives it."
_SKIPPED_MEMBERS: dict[type[VezaError], SkipReason] = {
    OwnAccount: SkipReason.YOURSELF,
    AdminProtected: SkipReason.ADMIN,
    ApprovalPending: SkipReason.AWAITING_APPROVAL,
    AlreadySuspended: SkipReason.ALREADY_SUSPENDED,
}
_SKIPPED_REPORTS: dict[type[VezaError], SkipReason] = {
    ReportNotFound: SkipReason.NOT_FOUND,
    AlreadyResolved: SkipReason.ALREADY_RESOLVED,
    OwnReport: SkipReason.ABOUT_YOU,
}


class BulkTokens(Struct, frozen=True):
    """Signs what a preview has shown, for ten minutes."""

    signer: TokenSigner

    def sign(self, selection: SignedSelection) -> tuple[str, datetime]:
        """Return the token of a selection, and when it expires."""
        return self.signer.sign(selection), now() + self.signer.lifetime

    def read(self, token: str, caller: Member, actions: frozenset[BulkAction]) -> ReadSelection:
        """Return the selection that a token is bound to. Raises BulkTokenRefused."""
        try:
            selection = self.signer.read(token, ReadSelection)
        except BadToken as error:
            raise BulkTokenRefused from error
        if selection.sub != caller.id or selection.action not in actions:
            raise BulkTokenRefused
        return selection


async def preview_members(
    conn: Conn, tokens: BulkTokens, caller: Member, form: BulkMemberForm
) -> BulkMemberPreview:
    """Return what an action on members would do, and the token to do just that. Raises Invalid."""
    rules.ensure_selects(form)
    reason = require_text(form.reason, "reason", _REASON)
    found = await _select(conn, form, caller.actor_id)
    has_more = len(found) > MAX_SELECTED
    found = found[:MAX_SELECTED]
    skipped = [_skip_member(each, form.action, caller) for each in found]
    missing = len(set(form.user_ids or ())) - len(found) if form.user_ids else 0
    chosen = [each for each, why in zip(found, skipped, strict=True) if why is None]
    ids = rules.pack_ids([each.id for each in chosen])
    token, expires_at = tokens.sign(
        SignedSelection(caller.id, BulkAction(form.action), reason, ids)
    )
    counts = rules.count_skipped(skipped)
    return BulkMemberPreview(
        action=form.action,
        affected=len(chosen),
        skipped=counts | ({SkipReason.NOT_FOUND: missing} if missing else {}),
        sessions_count=sum(each.sessions_count for each in chosen),
        posts_count=sum(each.posts_count for each in chosen),
        tracks_count=sum(each.tracks_count for each in chosen),
        has_more=has_more,
        members=[
            rules.show_member(each, why)
            for each, why in zip(found[: rules.MAX_SHOWN], skipped, strict=False)
        ],
        token=token,
        expires_at=expires_at,
    )


async def preview_reports(
    conn: Conn, tokens: BulkTokens, caller: Member, form: BulkReportForm
) -> BulkReportPreview:
    """Return what an action on reports would do, and the token to do just that."""
    found = await queries.list_reports(conn, form.report_ids, caller.actor_id)
    skipped = [rules.skip_report(each) for each in found]
    missing = len(set(form.report_ids)) - len(found)
    chosen = [each for each, why in zip(found, skipped, strict=True) if why is None]
    reason = (form.reason or "").strip() or None
    ids = rules.pack_ids([each.id for each in chosen])
    token, expires_at = tokens.sign(
        SignedSelection(caller.id, BulkAction(form.action), reason, ids)
    )
    counts = rules.count_skipped(skipped)
    return BulkReportPreview(
        action=form.action,
        affected=len(chosen),
        skipped=counts | ({SkipReason.NOT_FOUND: missing} if missing else {}),
        reporters_count=sum(each.reporters_count for each in chosen),
        reports=[
            rules.show_report(each, why)
            for each, why in zip(found[: rules.MAX_SHOWN], skipped, strict=False)
        ],
        token=token,
        expires_at=expires_at,
    )


async def run(
    database: Database, caller: BulkCaller, selection: ReadSelection, *, apply: ApplyToBatch
) -> BulkResult:
    """Apply an action to what was previewed, in transactions of 25, and return the counts.

    `apply` is `change_members` or `close_reports`, so that a route can do only one of them.
    The progress is stored with each of them: the same token goes on after an interruption, waits
    for a concurrent run, and changes nothing more once everything is done.
    """
    ids = rules.unpack_ids(selection.ids)
    while True:
        async with database.transaction() as tx:
            done = await queries.lock_run(tx, selection.jti, selection.action, len(ids))
            batch = ids[done.done : done.done + rules.BATCH]
            if not batch:
                return BulkResult(selection.action, len(ids), done.applied, done.skipped)
            outcomes = await apply(tx, caller.member, selection, batch)
            changed = [target for target, why in outcomes.items() if why is None]
            await audit.record(
                tx, [rules.record_of(selection.action, each, caller) for each in changed]
            )
            skipped = rules.add_counts(done.skipped, rules.count_skipped(outcomes.values()))
            progress = BulkRun(done.done + len(batch), done.applied + len(changed), skipped)
            await queries.update_run(tx, selection.jti, progress)


async def change_members(
    tx: Tx, caller: Member, selection: ReadSelection, batch: Sequence[UUID], /
) -> Outcomes:
    """Suspend members, or lift their suspensions, and return who is left out."""
    locked = await queries.lock_members(tx, [UserId(each) for each in batch], caller.actor_id)
    standings = {each.id: each for each in locked}
    outcomes: dict[UUID, SkipReason | None] = {}
    for each in batch:
        user_id = UserId(each)
        standing = standings.get(user_id)
        if standing is None:
            outcomes[each] = SkipReason.NOT_FOUND
            continue
        outcomes[each] = _skip_member(standing, selection.action, caller)
        if outcomes[each] is None:
            await _change_member(tx, caller, selection, user_id)
    return outcomes


async def close_reports(
    tx: Tx, caller: Member, selection: ReadSelection, batch: Sequence[UUID], /
) -> Outcomes:
    """Dismiss or resolve reports, and return which ones are left out."""
    return {each: await _close_report(tx, caller, selection, each) for each in batch}


async def _select(conn: Conn, form: BulkMemberForm, staff_id: UserId) -> list[SelectedMember]:
    if form.filter is None:
        return await queries.list_by_ids(conn, form.user_ids or [], staff_id)
    ends = rules.list_address_ends(form.filter)
    return await queries.list_by_filter(conn, form.filter, ends, form.action, staff_id)


def _skip_member(
    standing: BulkStanding | SelectedMember, action: str, caller: Member
) -> SkipReason | None:
    """Return why a member is left out, or None."""
    if action != BulkAction.SUSPEND:
        return rules.skip_lift(standing, caller)
    try:
        report_rules.ensure_may_suspend(caller, standing)
    except (OwnAccount, AdminProtected, ApprovalPending, AlreadySuspended) as error:
        return _SKIPPED_MEMBERS[type(error)]
    return SkipReason.ABOUT_YOU if standing.is_own else None


async def _change_member(tx: Tx, caller: Member, selection: ReadSelection, user_id: UserId) -> None:
    if selection.action is BulkAction.SUSPEND:
        await moderation.suspend(tx, user_id, caller, selection.reason or "")
    else:
        await moderation.lift_suspension(tx, user_id, caller, selection.reason)


async def _close_report(
    tx: Tx, caller: Member, selection: ReadSelection, report_id: UUID
) -> SkipReason | None:
    action = ReportAction(selection.action)
    resolution = ReportResolution(action, selection.reason)
    try:
        # Refused before anything is written.
        await moderation.resolve_report(tx, ReportId(report_id), caller, resolution)
    except (ReportNotFound, AlreadyResolved, OwnReport) as error:
        return _SKIPPED_REPORTS[type(error)]
    return None
