"""Announces actions on members, and the end of a report to its reporters."""

from msgspec import Struct

from veza.core.ids import ModerationActionId, ReportId, UserId
from veza.domains.moderation.reports.models import ModerationActionType


class ModerationActionTaken(Struct, frozen=True):
    """A member was warned or suspended, their suspension lifted, or their appeal decided."""

    action_id: ModerationActionId
    user_id: UserId
    action: ModerationActionType


class ReportClosed(Struct, frozen=True):
    """A report was closed: its reporters are to be notified."""

    report_id: ReportId
