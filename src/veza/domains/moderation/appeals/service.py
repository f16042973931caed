"""The first decision on an appeal counts; suspended members appeal by a signed page."""

from veza.core.access import Member
from veza.core.clock import now
from veza.core.errors import required
from veza.core.ids import AppealId, MemberNoteId, ModerationActionId, TakedownId, UserId, new_id
from veza.core.normalize import require_text
from veza.core.pages import Cursor, cut
from veza.core.signed_urls import UrlSigner
from veza.core.step_up import StepUp
from veza.core.structs import copy_fields
from veza.domains.auth.accounts.errors import UserNotFound
from veza.domains.auth.accounts.service import member_accounts
from veza.domains.auth.factors.service.step_ups import ensure_stepped_up
from veza.domains.auth.recovery.service import write_appeal_page
from veza.domains.moderation.appeals import rules
from veza.domains.moderation.appeals.errors import (
    AlreadyAppealed,
    AppealNotFound,
    NoteNotFound,
    SanctionNotFound,
    SanctionOver,
    TooManyNotes,
)
from veza.domains.moderation.appeals.models import (
    AdminAppeal,
    AppealDecision,
    AppealForm,
    AppealOutcome,
    AppealPage,
    AppealQuery,
    AppealStatus,
    HistoryQuery,
    MemberNoteList,
    MemberSanction,
    ModerationHistory,
    NewNote,
    NoteForm,
    OwnSanction,
    OwnSanctionList,
    PendingAppeal,
    StoredSanction,
)
from veza.domains.moderation.appeals.queries import appeals, notes
from veza.domains.moderation.reports import service as moderation
from veza.domains.moderation.reports import shared_queries as report_queries
from veza.domains.moderation.reports.models import ModerationActionType, NewModerationAction
from veza.domains.moderation.takedowns import service as takedowns
from veza.domains.moderation.takedowns import shared_queries as takedown_queries
from veza.domains.moderation.takedowns.errors import TakedownNotFound
from veza.domains.moderation.takedowns.models import AppealSettings
from veza.domains.moderation.takedowns.service import TakedownContext
from veza.infra.postgres.database import Conn, Tx


async def list_notes(conn: Conn, user_id: UserId, staff: Member) -> MemberNoteList:
    """Return the notes about a member, newest first. Raises OwnHistory and UserNotFound."""
    await _ensure_about_another(conn, user_id, staff)
    await member_accounts.get_admin_user(conn, user_id)
    return MemberNoteList(await notes.list_notes(conn, user_id))


async def add_note(tx: Tx, user_id: UserId, staff: Member, form: NoteForm) -> MemberNoteList:
    """Write a note about a member. Raises OwnHistory, UserNotFound and TooManyNotes."""
    await _ensure_about_another(tx, user_id, staff)
    text = require_text(form.text, "text", "Write the note.")
    if not await notes.lock_member(tx, user_id):
        raise UserNotFound
    if await notes.count_notes(tx, user_id) >= rules.MAX_NOTES:
        raise TooManyNotes
    await member_accounts.lock_account(tx, staff.id)
    await notes.insert_note(tx, NewNote(MemberNoteId(new_id()), user_id, staff.id, text))
    return MemberNoteList(await notes.list_notes(tx, user_id))


async def delete_note(tx: Tx, note_id: MemberNoteId, staff: Member) -> None:
    """Delete a note, as its author or an admin. Raises NoteNotFound and NoteOfAnother."""
    note = required(await notes.find_note(tx, note_id), NoteNotFound)
    if await report_queries.owns(tx, staff.actor_id, note.user_id):
        # Whom it is about does not learn that there is one.
        raise NoteNotFound
    rules.ensure_may_delete(note, staff)
    if not await notes.delete_note(tx, note_id):
        raise NoteNotFound


async def get_history(conn: Conn, query: HistoryQuery, staff: Member) -> ModerationHistory:
    """Return reports about a member, verdicts, sanctions, notes and appeals, newest first.

    Raises OwnHistory and UserNotFound.
    """
    await _ensure_about_another(conn, query.user_id, staff)
    await member_accounts.get_admin_user(conn, query.user_id)
    found = await notes.list_history(conn, query)
    shown, following = cut(found, query.limit, lambda entry: Cursor(entry.happened_at, entry.id))
    return ModerationHistory(shown, following, following is not None)


async def offer_appeal(signer: UrlSigner, conn: Conn, user_id: UserId) -> str | None:
    """Return the page on which a suspended member may appeal, without signing in; or None.

    Call it only after the member proved who they are; the link is valid for half an hour.
    """
    sanction_id = await appeals.find_suspension(conn, user_id)
    if sanction_id is None:
        return None
    return write_appeal_page(signer, sanction_id, rules.OFFER_LIFETIME)


async def list_own_sanctions(
    signer: UrlSigner, conn: Conn, settings: AppealSettings, user_id: UserId
) -> OwnSanctionList:
    """Return the warnings and suspensions of a member, newest first, with their pages."""
    moment = now()
    shown = list[OwnSanction]()
    for found in await appeals.list_sanctions(conn, user_id):
        page = write_appeal_page(signer, found.id, rules.OFFER_LIFETIME)
        sanction = rules.show_sanction(found, moment, settings.window)
        shown.append(copy_fields(OwnSanction, sanction, page=page))
    return OwnSanctionList(shown)


async def get_sanction(
    conn: Conn, settings: AppealSettings, sanction_id: ModerationActionId, *, granted: bool
) -> MemberSanction:
    """Return a sanction if the request has a signature for it. Raises SanctionNotFound."""
    found = await _find_sanction(conn, sanction_id, granted=granted)
    return rules.show_sanction(found, now(), settings.window)


async def appeal(
    tx: Tx,
    settings: AppealSettings,
    sanction_id: ModerationActionId,
    *,
    form: AppealForm,
    granted: bool,
) -> MemberSanction:
    """Appeal against a warning, a suspension or a take-down, once.

    Raises SanctionNotFound, AlreadyAppealed, SanctionOver and AppealTooLate.
    """
    text = require_text(form.text, "text", "Write why it is wrong.")
    found = await _find_sanction(tx, sanction_id, granted=granted)
    tx.actor = found.user_id
    await appeals.lock_suspension(tx, found.user_id)
    found = await _find_sanction(tx, sanction_id, granted=granted)
    rules.ensure_may_appeal(found, now(), settings.window)
    if not await appeals.insert_appeal(tx, AppealId(new_id()), sanction_id, text):
        raise AlreadyAppealed
    return await get_sanction(tx, settings, sanction_id, granted=granted)


async def appeal_takedown(
    tx: Tx, settings: AppealSettings, takedown_id: TakedownId, *, member: Member, form: AppealForm
) -> MemberSanction:
    """Appeal against the take-down of an item of the caller, once.

    Raises TakedownNotFound, and the errors of `appeal`.
    """
    takedown = required(await takedown_queries.find_takedown(tx, takedown_id), TakedownNotFound)
    if takedown.owner_id != member.id or takedown.action_id is None:
        raise TakedownNotFound
    return await appeal(tx, settings, takedown.action_id, form=form, granted=True)


async def list_appeals(conn: Conn, query: AppealQuery, staff: Member) -> AppealPage:
    """Return a page of appeals for staff, newest first, without those of themselves."""
    found = await appeals.list_appeals(conn, query, staff.actor_id)
    return AppealPage(found, await appeals.count_appeals(conn, query.status, staff.actor_id))


async def decide_appeal(
    tx: Tx,
    context: TakedownContext,
    appeal_id: AppealId,
    *,
    staff: Member,
    decision: AppealDecision,
) -> AdminAppeal:
    """Decide on an appeal: the first decision counts.

    A reversal lifts the suspension, withdraws the warning, or restores the item. The member is told
    the reason by a notification and a mail. Raises AppealNotFound, what `rules.ensure_may_decide`
    raises, and StepUpNeeded if a suspension would be lifted, or a deletion for good undone.
    """
    reason = require_text(decision.reason, "reason", "Enter a reason: the member receives it.")
    if not await appeals.lock_appellant(tx, appeal_id):
        raise AppealNotFound
    pending = required(await appeals.lock_appeal(tx, appeal_id, staff.actor_id), AppealNotFound)
    rules.ensure_may_decide(pending, staff)
    is_reversed = decision.outcome is AppealOutcome.REVERSE
    if is_reversed and pending.action is ModerationActionType.TAKE_DOWN:
        decision_id = await _restore(tx, context, pending, staff=staff, reason=reason)
    else:
        decision_id = await _record_decision(tx, pending, staff, reason, is_reversed=is_reversed)
    status = AppealStatus.REVERSED if is_reversed else AppealStatus.UPHELD
    await appeals.update_decided(tx, appeal_id, status, decision_id)
    return required(await appeals.find_appeal(tx, appeal_id), AppealNotFound)


async def _ensure_about_another(conn: Conn, user_id: UserId, staff: Member) -> None:
    is_own = await report_queries.owns(conn, staff.actor_id, user_id)
    rules.ensure_about_another(is_own=is_own)


async def _restore(
    tx: Tx, context: TakedownContext, appeal: PendingAppeal, *, staff: Member, reason: str
) -> ModerationActionId:
    if appeal.needs_admin:
        await ensure_stepped_up(tx, staff, StepUp.EVERYBODY)
    found = required(await takedown_queries.find_by_action(tx, appeal.sanction_id), SanctionOver)
    return await takedowns.restore(tx, context, found, staff=staff, reason=reason)


async def _record_decision(
    tx: Tx, appeal: PendingAppeal, staff: Member, reason: str, *, is_reversed: bool
) -> ModerationActionId:
    if is_reversed and appeal.action is ModerationActionType.SUSPEND:
        await ensure_stepped_up(tx, staff, StepUp.EVERYBODY)
        return await moderation.lift_suspension(tx, appeal.user_id, staff, reason)
    action = ModerationActionType.WITHDRAW_WARNING if is_reversed else ModerationActionType.UPHOLD
    return await moderation.record_action(
        tx, NewModerationAction(appeal.user_id, action, reason, staff.id, appeal.report_id)
    )


async def _find_sanction(
    conn: Conn, sanction_id: ModerationActionId, *, granted: bool
) -> StoredSanction:
    if not granted:
        raise SanctionNotFound
    return required(await appeals.find_sanction(conn, sanction_id), SanctionNotFound)
