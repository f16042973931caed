"""Decides who may appeal and how long, who decides on an appeal, and who deletes notes."""

from datetime import datetime, timedelta

from veza.core.access import Member, Role
from veza.core.structs import copy_fields
from veza.core.takedowns import ContentCategory
from veza.domains.auth.recovery.models import MailPurpose
from veza.domains.moderation.appeals.errors import (
    AlreadyAppealed,
    AppealDecided,
    AppealNeedsAdmin,
    AppealTooLate,
    NoteOfAnother,
    OtherStaffNeeded,
    OwnAppeal,
    SanctionOver,
)
from veza.domains.moderation.appeals.models import (
    LegalGround,
    MemberSanction,
    PendingAppeal,
    SanctionedItem,
    SanctionSubject,
    StoredNote,
    StoredSanction,
)
from veza.domains.moderation.reports.errors import OwnHistory
from veza.domains.moderation.reports.models import ModerationActionType

MAX_NOTES = 500
# How long the link works that a refused sign-in gives.
OFFER_LIFETIME = timedelta(minutes=30)

MAILS = {
    ModerationActionType.WARN: MailPurpose.ACCOUNT_WARNED,
    ModerationActionType.SUSPEND: MailPurpose.ACCOUNT_SUSPENDED,
    ModerationActionType.LIFT_SUSPENSION: MailPurpose.SUSPENSION_LIFTED,
    ModerationActionType.WITHDRAW_WARNING: MailPurpose.WARNING_WITHDRAWN,
    ModerationActionType.UPHOLD: MailPurpose.APPEAL_UPHELD,
    ModerationActionType.TAKE_DOWN: MailPurpose.ITEM_TAKEN_DOWN,
    ModerationActionType.RESTORE: MailPurpose.ITEM_RESTORED,
}

_AGAINST_THE_LAW = {ContentCategory.ILLEGAL, ContentCategory.COPYRIGHT}


def ensure_about_another(*, is_own: bool) -> None:
    """Raise OwnHistory if staff asks for what others noted about them, or a page of theirs."""
    if is_own:
        raise OwnHistory


def ensure_may_delete(note: StoredNote, member: Member) -> None:
    """Raise NoteOfAnother unless a member of staff wrote the note, or is an admin."""
    if note.author_id != member.id and member.role is not Role.ADMIN:
        raise NoteOfAnother


def ensure_may_appeal(sanction: StoredSanction, moment: datetime, window: timedelta) -> None:
    """Raise AlreadyAppealed, SanctionOver or AppealTooLate."""
    if sanction.appeal is not None:
        raise AlreadyAppealed
    if not sanction.is_in_force:
        raise SanctionOver
    if moment >= sanction.decided_at + window:
        raise AppealTooLate


def show_sanction(sanction: StoredSanction, moment: datetime, window: timedelta) -> MemberSanction:
    """Return a sanction as its member sees it."""
    until = sanction.decided_at + window
    is_open = sanction.appeal is None and sanction.is_in_force and moment < until
    item = sanction.item and _state_reasons(sanction.item)
    return copy_fields(MemberSanction, sanction, may_appeal=is_open, appeal_until=until, item=item)


def _state_reasons(item: SanctionSubject) -> SanctionedItem:
    ground = LegalGround.LAW if item.category in _AGAINST_THE_LAW else LegalGround.RULES
    return copy_fields(SanctionedItem, item, ground=ground)


def ensure_may_decide(appeal: PendingAppeal, member: Member) -> None:
    """Raise an error unless a member of staff may decide on an appeal.

    Appeals against suspensions, and against what is taken down for good, are for admins. Who
    decided on the sanction does not decide on the appeal, unless there is nobody else who may.
    Raises AppealDecided, OwnAppeal, AppealNeedsAdmin, OtherStaffNeeded, and SanctionOver if it is
    no longer in force.
    """
    if appeal.status != "pending":
        raise AppealDecided
    if appeal.is_own:
        raise OwnAppeal
    if appeal.needs_admin and member.role is not Role.ADMIN:
        raise AppealNeedsAdmin
    if appeal.decided_by == member.id and appeal.has_other_staff:
        raise OtherStaffNeeded
    if not appeal.is_in_force:
        raise SanctionOver
