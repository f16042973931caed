"""Staff writes notes, reads a member's history, and decides on appeals."""

from uuid import UUID

from litestar import Router, delete, get, post
from litestar.params import FromPath, FromQuery, JSONBody

from veza.core import pages
from veza.core.access import Access
from veza.core.ids import AppealId, MemberNoteId, UserId
from veza.core.step_up import StepUpNeeded
from veza.domains.auth.accounts.errors import UserNotFound
from veza.domains.moderation.appeals import errors, service
from veza.domains.moderation.appeals.models import (
    AdminAppeal,
    AppealDecision,
    AppealPage,
    AppealQuery,
    AppealStatusFilter,
    HistoryQuery,
    MemberNoteList,
    ModerationHistory,
    NoteForm,
)
from veza.domains.moderation.reports.errors import NotSuspended, OwnHistory
from veza.domains.moderation.takedowns.errors import (
    TakedownNotFound,
    TakedownOver,
    TakenDownItemDeleted,
)
from veza.domains.moderation.takedowns.service import TakedownContext
from veza.http.dependencies import AnyRequest, Conn, Tx, viewer_of
from veza.http.requests.query_parameters import CursorText, PageLimit, RowOffset, read_cursor
from veza.http.responses.envelope import Done
from veza.http.services import service_of


@get(
    "/admin/users/{user_id:uuid}/moderation",
    access=Access.MODERATOR,
    scope=None,
    errors=[UserNotFound, OwnHistory, pages.BadCursor],
)
async def show_moderation_history(
    request: AnyRequest,
    user_id: FromPath[UUID],
    conn: Conn,
    limit: PageLimit = 20,
    cursor: CursorText = None,
) -> ModerationHistory:
    """List what moderation has about a member, newest first.

    These are reports about them, verdicts on these, sanctions, notes and appeals. Staff can't read
    their own.
    """
    query = HistoryQuery(UserId(user_id), limit, read_cursor(cursor))
    return await service.get_history(conn, query, viewer_of(request))


@get(
    "/admin/users/{user_id:uuid}/notes",
    access=Access.MODERATOR,
    scope=None,
    errors=[UserNotFound, OwnHistory],
)
async def list_member_notes(
    request: AnyRequest, user_id: FromPath[UUID], conn: Conn
) -> MemberNoteList:
    """List the notes of staff about a member: the latest hundred, newest first."""
    return await service.list_notes(conn, UserId(user_id), viewer_of(request))


@post(
    "/admin/users/{user_id:uuid}/notes",
    access=Access.MODERATOR,
    scope=None,
    errors=[UserNotFound, OwnHistory, errors.TooManyNotes],
)
async def add_member_note(
    request: AnyRequest, user_id: FromPath[UUID], data: JSONBody[NoteForm], tx: Tx
) -> MemberNoteList:
    """Write a note about a member, which staff alone reads. At most 500 are kept for a member.

    Their text is part of the member's data export, without its author.
    """
    return await service.add_note(tx, UserId(user_id), viewer_of(request), data)


@delete(
    "/admin/notes/{note_id:uuid}",
    access=Access.MODERATOR,
    scope=None,
    status_code=200,
    errors=[errors.NoteNotFound, errors.NoteOfAnother],
)
async def delete_member_note(request: AnyRequest, note_id: FromPath[UUID], tx: Tx) -> Done:
    """Delete a note about a member: your own, or any as an admin."""
    await service.delete_note(tx, MemberNoteId(note_id), viewer_of(request))
    return Done("The note is deleted.")


@get("/admin/appeals", access=Access.MODERATOR, scope=None, errors=[pages.PageTooFar])
async def list_appeals(
    request: AnyRequest,
    conn: Conn,
    status: FromQuery[AppealStatusFilter] = AppealStatusFilter.PENDING,
    limit: PageLimit = 20,
    offset: RowOffset = 0,
) -> AppealPage:
    """List appeals against decisions of staff, newest first; by default the pending ones.

    Those of yours and of your pages are for others.
    """
    pages.ensure_within_reach(offset, limit)
    return await service.list_appeals(conn, AppealQuery(status, limit, offset), viewer_of(request))


@post(
    "/admin/appeals/{appeal_id:uuid}/decide",
    access=Access.MODERATOR,
    scope=None,
    status_code=200,
    errors=[
        errors.AppealNotFound,
        errors.AppealDecided,
        errors.OwnAppeal,
        errors.AppealNeedsAdmin,
        errors.OtherStaffNeeded,
        errors.SanctionOver,
        NotSuspended,
        TakedownNotFound,
        TakedownOver,
        TakenDownItemDeleted,
        StepUpNeeded,
    ],
)
async def decide_appeal(
    request: AnyRequest, appeal_id: FromPath[UUID], data: JSONBody[AppealDecision], tx: Tx
) -> AdminAppeal:
    """Decide on an appeal.

    `uphold` leaves the sanction as it is; `reverse` lifts the suspension, withdraws the warning, or
    restores what was taken down. The member receives the reason by a notification and a mail.
    Suspensions and what is permanent need an admin, and reversing them a recent proof of identity.
    Who decided on the sanction can't decide on the appeal, unless nobody else may.
    """
    context = service_of(request, TakedownContext)
    return await service.decide_appeal(
        tx, context, AppealId(appeal_id), staff=viewer_of(request), decision=data
    )


router = Router(
    "/",
    route_handlers=[
        show_moderation_history,
        list_member_notes,
        add_member_note,
        delete_member_note,
        list_appeals,
        decide_appeal,
    ],
    tags=["moderation"],
)
