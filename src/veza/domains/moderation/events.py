"""What this domain announces to the others."""

from msgspec import Struct

from veza.core.ids import ReportId, SanctionId, UserId
from veza.domains.moderation.models import SanctionAction


class MemberSanctioned(Struct, frozen=True):
    """Something was done to a member, who is to be told why: the sanction says it."""

    sanction_id: SanctionId
    user_id: UserId
    action: SanctionAction


class ReportClosed(Struct, frozen=True):
    """A report is closed, and its reporters are to be told the outcome, which it says."""

    report_id: ReportId
