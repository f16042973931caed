"""An item is hidden and its owner told in one transaction; an undo brings all of it back."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import structlog
from msgspec import Struct, structs

from veza.core.access import Member, Role
from veza.core.errors import FieldError, Invalid, VezaError, required
from veza.core.ids import ModerationActionId, ReportId, TakedownId, new_id
from veza.core.normalize import require_text
from veza.core.reviews import ReviewedObject, for_review, review_object
from veza.core.signed_urls import UrlBuilder
from veza.core.step_up import StepUp
from veza.core.structs import copy_fields
from veza.core.takedowns import Automation
from veza.domains.auth.factors.service.step_ups import ensure_stepped_up
from veza.domains.contributions import (
    ListReviewed,
    ListReviewedObjects,
    OwnedItem,
    TakedownKind,
)
from veza.domains.moderation.reports import service as moderation
from veza.domains.moderation.reports import shared_queries as report_queries
from veza.domains.moderation.reports.errors import ContentNotFound
from veza.domains.moderation.reports.models import ModerationActionType, NewModerationAction
from veza.domains.moderation.takedowns import queries, rules, shared_queries
from veza.domains.moderation.takedowns.errors import (
    AlreadyTakenDown,
    CaseNotFound,
    TakedownNotFound,
)
from veza.domains.moderation.takedowns.events import ItemHeld
from veza.domains.moderation.takedowns.models import (
    AdminTakedown,
    AppealSettings,
    CaseFiles,
    Hold,
    NewTakedown,
    OpenCase,
    StoredTakedown,
    TakedownForm,
    TakedownPage,
    TakedownQuery,
)
from veza.infra.jobs.outbox import emit
from veza.infra.postgres.database import Conn, Database, Tx

log = structlog.get_logger()


class TakedownContext(Struct, frozen=True):
    """The kinds of items that can be taken down, and what staff hears and sees of them, by type."""

    kinds: Mapping[str, TakedownKind]
    reviewed: Mapping[str, ListReviewed] = {}
    objects: Mapping[str, ListReviewedObjects] = {}


async def take_down(
    tx: Tx, context: TakedownContext, staff: Member, form: TakedownForm
) -> AdminTakedown:
    """Hide an item from everybody but its owner, who gets the reason and may appeal.

    A pending report of it is resolved; what was held is taken down instead. What is permanent, or
    takes something from buyers, needs a recent proof of identity. Raises Invalid, ContentNotFound,
    OwnItem, PermanentNeedsAdmin, StepUpNeeded and AlreadyTakenDown.
    """
    kind = _find_kind(context, form.content_type)
    reason = require_text(form.reason, "reason", "Enter a reason: the owner receives it.")
    item = required(await kind.find(tx, form.content_id), ContentNotFound)
    is_own = await report_queries.owns(tx, staff.actor_id, item.owner_id)
    rules.ensure_may_take_down(staff, is_own=is_own, permanent=form.permanent)
    if form.permanent or rules.revokes_purchases(form):
        await ensure_stepped_up(tx, staff, StepUp.EVERYBODY)
    # A picture is reported by its own id or by that of what shows it.
    reported_ids = {form.content_id, item.content_id or form.content_id}
    form = structs.replace(form, content_id=item.content_id or form.content_id)
    report_id = await moderation.resolve_taken_down(
        tx, form.content_type, reported_ids, moderator=staff, reason=reason
    )
    action = NewModerationAction(
        item.owner_id, ModerationActionType.TAKE_DOWN, reason, staff.id, report_id
    )
    return await get_takedown(tx, await _hide(tx, context, form, item=item, action=action))


async def take_down_automatically(
    tx: Tx, context: TakedownContext, form: TakedownForm
) -> TakedownId:
    """Hide an item without anybody's decision; its owner gets the reason and may appeal.

    A pending report of it still waits for staff. Raises ContentNotFound and AlreadyTakenDown.
    """
    kind = _find_kind(context, form.content_type)
    item = required(await kind.find(tx, form.content_id), ContentNotFound)
    action = NewModerationAction(
        item.owner_id, ModerationActionType.TAKE_DOWN, form.reason, decided_by=None
    )
    return await _hide(tx, context, form, item=item, action=action)


async def confirm(tx: Tx, takedown: StoredTakedown, staff: Member) -> None:
    """Make a take-down that was automatic the decision of a member of staff."""
    await queries.update_decided_by(tx, takedown.id, staff.id)
    if takedown.action_id is not None:
        await moderation.set_decider(tx, takedown.action_id, staff)


async def _hide_or_take_over(
    tx: Tx, kind: TakedownKind, form: TakedownForm, automation: Automation | None
) -> tuple[Mapping[str, Any], Automation | None]:
    """Hide an item, and return what restores it, and why a program hid it, if one did.

    One that is held is hidden already.
    """
    found = await shared_queries.find_open(tx, form.content_type, form.content_id)
    if found is None:
        return required(await kind.hide(tx, form.content_id), ContentNotFound), automation
    if not found.held:
        raise AlreadyTakenDown
    await queries.delete_held(tx, found.id)
    return found.kept, Automation.MATCH


async def hold(tx: Tx, context: TakedownContext, form: Hold) -> None:
    """Hide an item from everybody but its owner, who is told that staff looks at it.

    Does nothing if it is gone, or is hidden by staff already.
    """
    kind = context.kinds[form.content_type]
    item = await kind.find(tx, form.content_id)
    if item is None or not await queries.lock_owner(tx, item.owner_id):
        return
    if await shared_queries.find_open(tx, form.content_type, form.content_id) is not None:
        return
    kept = await kind.hide(tx, form.content_id)
    if kept is None:
        return
    new = copy_fields(
        NewTakedown,
        form,
        id=TakedownId(new_id()),
        owner_id=item.owner_id,
        title=title_of(item),
        note="",
        permanent=False,
        revokes_purchases=False,
        kept=kept,
        action_id=None,
        decided_by=None,
        automated=True,
        automation=Automation.MATCH,
        held=True,
    )
    await queries.insert_takedown(tx, new)
    await emit(tx, ItemHeld(new.id, new.content_type, new.content_id, new.owner_id))


async def release_decided(tx: Tx, context: TakedownContext, report_id: ReportId) -> None:
    """Show what was held, once its case is decided otherwise than by a take-down or suspension."""
    decided = await queries.find_held(tx, report_id)
    if decided is not None:
        staff = Member(decided.resolved_by, Role.MODERATOR, session_id=None)
        found = required(await shared_queries.find_takedown(tx, decided.id), TakedownNotFound)
        await restore(tx, context, found, staff=staff, reason=None)


async def undo(
    tx: Tx, context: TakedownContext, takedown_id: TakedownId, staff: Member
) -> AdminTakedown:
    """Bring an item back as its owner left it.

    Raises TakedownNotFound, OwnItem, PermanentNeedsAdmin, StepUpNeeded, TakedownOver and
    TakenDownItemDeleted.
    """
    takedown = required(await shared_queries.find_takedown(tx, takedown_id), TakedownNotFound)
    rules.ensure_can_undo(takedown)
    assert takedown.owner_id is not None
    is_own = await report_queries.owns(tx, staff.actor_id, takedown.owner_id)
    rules.ensure_may_take_down(staff, is_own=is_own, permanent=takedown.permanent)
    if takedown.permanent:
        await ensure_stepped_up(tx, staff, StepUp.EVERYBODY)
    await restore(tx, context, takedown, staff=staff, reason=None)
    return await get_takedown(tx, takedown_id)


async def restore(
    tx: Tx,
    context: TakedownContext,
    found: StoredTakedown,
    *,
    staff: Member | None,
    reason: str | None,
) -> ModerationActionId:
    """Restore the item of a take-down, tell its owner, and return that action.

    `staff` is None if the program restores it by itself. Raises TakedownNotFound, TakedownOver and
    TakenDownItemDeleted.
    """
    if found.owner_id is None or not await queries.lock_owner(tx, found.owner_id):
        raise TakedownNotFound
    takedown = required(await queries.lock_takedown(tx, found.id), TakedownNotFound)
    rules.ensure_can_undo(takedown)
    assert takedown.content_id is not None
    kind = context.kinds[takedown.content_type]
    await kind.restore(tx, takedown.content_id, takedown.kept)
    staff_id = None if staff is None else staff.id
    action = NewModerationAction(found.owner_id, ModerationActionType.RESTORE, reason, staff_id)
    action_id = await moderation.record_action(tx, action)
    await queries.update_undone(tx, takedown.id, staff_id=staff_id, undo_id=action_id)
    if takedown.held and staff is not None:
        await moderation.dismiss_pending(
            tx, takedown.content_type, takedown.content_id, moderator=staff
        )
    return action_id


async def get_takedown(conn: Conn, takedown_id: TakedownId) -> AdminTakedown:
    """Return a take-down as staff sees it. Raises TakedownNotFound."""
    return required(await queries.find_shown(conn, takedown_id), TakedownNotFound)


async def list_takedowns(conn: Conn, query: TakedownQuery, staff: Member) -> TakedownPage:
    """Return a page of take-downs, newest first, without those of what staff owns themselves."""
    found = await queries.list_takedowns(conn, query, staff.actor_id)
    return TakedownPage(found, await queries.count_takedowns(conn, query, staff.actor_id))


async def open_case(
    tx: Tx, context: TakedownContext, case_id: UUID, urls: UrlBuilder, *, staff: Member
) -> CaseFiles:
    """Return what staff hears and sees of a report that waits, or of an open take-down.

    Raises CaseNotFound, also once it is decided: what hid the item, or its owner, counts again;
    and if the case is about the member of staff, or a page of theirs.
    """
    case = required(await queries.find_open_case(tx, case_id, staff.actor_id), CaseNotFound)
    soon = for_review(urls)
    list_files = context.reviewed.get(case.content_type)
    files = [] if list_files is None else await list_files(tx, case.content_id, soon)
    stored = await _list_objects(tx, context, case)
    return CaseFiles([*files, *(review_object(case_id, each, soon) for each in stored)])


async def open_file(
    conn: Conn, context: TakedownContext, case_id: UUID, file_id: UUID
) -> ReviewedObject:
    """Return a stored file of a case. Raises CaseNotFound, also once it is decided."""
    case = required(await queries.find_open_case(conn, case_id), CaseNotFound)
    for found in await _list_objects(conn, context, case):
        if found.id == file_id:
            return found
    raise CaseNotFound


async def _list_objects(
    conn: Conn, context: TakedownContext, case: OpenCase
) -> list[ReviewedObject]:
    list_objects = context.objects.get(case.content_type)
    return [] if list_objects is None else await list_objects(conn, case.content_id)


async def delete_items(
    database: Database, context: TakedownContext, settings: AppealSettings
) -> None:
    """Delete the items of permanent take-downs that can't be appealed against any more.

    One that can't be deleted yet, as a release that buyers wait for, is tried again the next day.
    """
    async with database.read() as conn:
        due = await queries.list_to_delete(conn, settings.window)
    for takedown_id in due:
        try:
            async with database.transaction() as tx:
                await _delete_item(tx, context, takedown_id)
        except VezaError as error:
            log.warning("takedown_not_completed", id=str(takedown_id), reason=error.code)


def title_of(item: OwnedItem) -> str:
    """Return what statements call an item: of a text its beginning."""
    return " ".join(item.title.split())[:200] or "…"


async def _delete_item(tx: Tx, context: TakedownContext, takedown_id: TakedownId) -> None:
    found = required(await shared_queries.find_takedown(tx, takedown_id), TakedownNotFound)
    if found.owner_id is None or not await queries.lock_owner(tx, found.owner_id):
        raise TakedownNotFound
    takedown = required(await queries.lock_takedown(tx, takedown_id), TakedownNotFound)
    rules.ensure_can_undo(takedown)
    assert takedown.content_id is not None
    kind = context.kinds[takedown.content_type]
    if await kind.find(tx, takedown.content_id) is not None:
        owner = Member(found.owner_id, Role.USER, session_id=None)
        await kind.delete(tx, takedown.content_id, owner)
    await queries.update_deleted(tx, takedown_id)


async def _hide(
    tx: Tx,
    context: TakedownContext,
    form: TakedownForm,
    *,
    item: OwnedItem,
    action: NewModerationAction,
) -> TakedownId:
    if not await queries.lock_owner(tx, item.owner_id):
        raise ContentNotFound
    is_automatic = action.decided_by is None
    kept, automation = await _hide_or_take_over(
        tx, context.kinds[form.content_type], form, Automation.NOTICE if is_automatic else None
    )
    new = copy_fields(
        NewTakedown,
        form,
        id=TakedownId(new_id()),
        owner_id=item.owner_id,
        title=title_of(item),
        reason=form.reason.strip(),
        note=form.note.strip(),
        revokes_purchases=rules.revokes_purchases(form),
        kept=kept,
        action_id=await moderation.record_action(tx, action),
        decided_by=action.decided_by,
        automated=is_automatic,
        automation=automation,
        held=False,
    )
    await queries.insert_takedown(tx, new)
    return new.id


def _find_kind(context: TakedownContext, content_type: str) -> TakedownKind:
    kind = context.kinds.get(content_type)
    if kind is None:
        known = ", ".join(f"`{name}`" for name in context.kinds)
        raise Invalid(
            details=[FieldError("content_type", f"This must be one of {known}.", "choice")]
        )
    return kind
