"""Decides which members and reports a bulk action leaves out, and why."""

import base64
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from veza.core.access import Member, Role
from veza.core.audit_record import AuditLog, AuditRecord
from veza.core.errors import FieldError, FieldRule, Invalid
from veza.core.host_names import normalize_domain
from veza.core.ids import AuditEventId, UserId, new_id
from veza.core.normalize import normalize_identifier
from veza.core.structs import copy_fields
from veza.domains.moderation.bulk.models import (
    BulkAction,
    BulkCaller,
    BulkMemberForm,
    BulkStanding,
    MemberFilter,
    PreviewedMember,
    PreviewedReport,
    SelectedMember,
    SelectedReport,
    SkipReason,
)

MAX_SHOWN = 50
# Of a transaction. Each member is some ten short statements.
BATCH = 25

# The routes that do the same to one member or report: the audit log is searched by them.
_ROUTES = {
    BulkAction.SUSPEND: ("suspend_user", "/api/v1/admin/users/{user_id}/suspend"),
    BulkAction.LIFT_SUSPENSION: ("unban_user", "/api/v1/admin/users/{user_id}/unban"),
    BulkAction.DISMISS: ("resolve_report", "/api/v1/admin/reports/{report_id}/resolve"),
    BulkAction.RESOLVE: ("resolve_report", "/api/v1/admin/reports/{report_id}/resolve"),
}
_ON_MEMBERS = {BulkAction.SUSPEND, BulkAction.LIFT_SUSPENSION}


def ensure_selects(form: BulkMemberForm) -> None:
    """Raise Invalid unless members are selected by their ids, or by a filter that is narrow."""
    if (form.user_ids is None) == (form.filter is None):
        raise _invalid("user_ids", "Send either the ids of members or a filter.", "missing")
    narrow = form.filter
    if narrow is None:
        return
    if narrow.registered_from is None and narrow.mail_domain is None:
        raise _invalid(
            "filter.registered_from", "Give a time of sign-up, a mail domain, or both.", "missing"
        )
    first = narrow.registered_from
    end = narrow.registered_until
    if first is not None and end is not None and end <= first:
        raise _invalid("filter.registered_until", "The end must be after the start.", "reversed")


def list_address_ends(wanted: MemberFilter) -> list[str]:
    """Return the ends of the addresses of a mail domain and its subdomains, in each spelling."""
    if wanted.mail_domain is None:
        return []
    named = wanted.mail_domain.strip().removeprefix("@")
    spellings = dict.fromkeys((normalize_domain(named), normalize_identifier(named)))
    return [f"{before}{domain}" for domain in spellings for before in "@."]


def skip_lift(standing: BulkStanding | SelectedMember, caller: Member) -> SkipReason | None:
    """Return why a suspension is not lifted, or None. That of an admin is lifted alone."""
    if standing.id == caller.id:
        return SkipReason.YOURSELF
    if standing.is_own:
        return SkipReason.ABOUT_YOU
    if standing.role is Role.ADMIN:
        return SkipReason.ADMIN
    if standing.awaits_approval:
        return SkipReason.AWAITING_APPROVAL
    return None if standing.is_suspended else SkipReason.NOT_SUSPENDED


def skip_report(report: SelectedReport) -> SkipReason | None:
    """Return why a report is left out, or None."""
    if not report.is_pending:
        return SkipReason.ALREADY_RESOLVED
    return SkipReason.ABOUT_YOU if report.is_own else None


def count_skipped(reasons: Iterable[SkipReason | None]) -> dict[SkipReason, int]:
    """Return how many are left out for each reason."""
    return dict(Counter(reason for reason in reasons if reason is not None))


def add_counts(
    one: Mapping[SkipReason, int], other: Mapping[SkipReason, int]
) -> dict[SkipReason, int]:
    """Return the sums of two counts."""
    return dict(Counter(one) + Counter(other))


def show_member(candidate: SelectedMember, skipped: SkipReason | None) -> PreviewedMember:
    """Return a member as a preview shows them."""
    return copy_fields(PreviewedMember, candidate, skipped=skipped)


def show_report(report: SelectedReport, skipped: SkipReason | None) -> PreviewedReport:
    """Return a report as a preview shows it."""
    return copy_fields(PreviewedReport, report, skipped=skipped)


def pack_ids(ids: Sequence[UUID]) -> str:
    """Return ids as text: 500 of them in 11 KB."""
    return base64.b64encode(b"".join(each.bytes for each in ids)).decode()


def unpack_ids(text: str) -> list[UUID]:
    """Return the ids that `pack_ids` made a text of."""
    packed = base64.b64decode(text)
    return [UUID(bytes=packed[start : start + 16]) for start in range(0, len(packed), 16)]


def record_of(action: BulkAction, target: UUID, caller: BulkCaller) -> AuditRecord:
    """Return the audit record of an action on one member or report."""
    name, route = _ROUTES[action]
    parameter = "user_id" if action in _ON_MEMBERS else "report_id"
    return AuditRecord(
        id=AuditEventId(new_id()),
        log=AuditLog.ADMIN,
        user_id=caller.member.id,
        action=name,
        route=route,
        resource=route.replace(f"{{{parameter}}}", str(target)),
        member_id=UserId(target) if action in _ON_MEMBERS else None,
        status=200,
        ip=caller.ip[:64],
        request_id=caller.request_id,
    )


def _invalid(field: str, message: str, rule: FieldRule) -> Invalid:
    return Invalid(details=[FieldError(field, message, rule)])
