"""An action on many members is recorded in the audit log as the same action on each."""

import pytest

from veza.core.access import Member, Role
from veza.core.ids import UserId, new_id
from veza.domains.moderation.bulk.models import BulkAction, BulkCaller
from veza.domains.moderation.bulk.rules import record_of


@pytest.mark.parametrize(
    ("action", "name", "path"),
    [
        (BulkAction.SUSPEND, "suspend_user", "/api/v1/admin/users/{}/suspend"),
        (BulkAction.LIFT_SUSPENSION, "unban_user", "/api/v1/admin/users/{}/unban"),
        (BulkAction.DISMISS, "resolve_report", "/api/v1/admin/reports/{}/resolve"),
        (BulkAction.RESOLVE, "resolve_report", "/api/v1/admin/reports/{}/resolve"),
    ],
)
def test_an_action_on_one_of_many_is_recorded_like_one_alone(action, name, path):
    admin, target = Member(UserId(new_id()), Role.ADMIN, None), new_id()

    record = record_of(action, target, BulkCaller(admin, "192.0.2.1", "request-1"))

    assert (record.action, record.resource) == (name, path.format(target))
    assert record.member_id == (target if "users" in path else None)
    assert (record.user_id, record.ip, record.request_id) == (admin.id, "192.0.2.1", "request-1")
