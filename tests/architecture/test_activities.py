"""Whatever members can do that others see has an hourly limit, or a reason for having none here."""

import pytest
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler

from tests.application import assembled
from tests.architecture.source import ensure_none
from veza.app.settings.setting_types import Environment
from veza.app.settings.settings import Settings
from veza.core.access import Access
from veza.core.activities import Activity
from veza.domains.realtime.frame_handlers import _ACTIVITIES, _HANDLERS
from veza.domains.realtime.models import ClientFrame
from veza.http.security.authorization import access_of, activity_of

_NOT_COUNTED = {
    # Seen by oneself alone, or by nobody.
    "seen by nobody else": {
        *("record_stream", "mark_stream", "update_recording"),
        *("add_gear", "add_repair", "update_gear", "update_repair", "upload_gear_document"),
        *("upload_file", "update_file", "replace_content", "restore_file", "restore_version"),
        *(
            "take_snapshot",
            "change_channels",
            "change_preferences",
            "change_push_preferences",
            "read_all_notifications",
            "read_notification",
        ),
        *("ask_for_export", "opt_out", "cancel_deletion", "ask_verification", "mark_read"),
        *("block_member", "mute_member", "leave_conversation", "set_member_role"),
        *("confirm_credit", "decline_credit"),
        *("create_broadcast", "change_broadcast", "test_broadcast", "choose_subscription"),
        *("rate_track", "rate_release", "set_bookmark", "save_queue", "save_queue_position"),
        *("change_library_settings", "report_now_playing", "request_archive", "show_gift_code"),
    },
    # About the account, and limited there where it can be guessed at.
    "accounts": {
        *(
            "become_creator",
            "change_password",
            "create_key",
            "create_app_password",
            "subscribe_to_push",
            "logout_session",
            "step_up",
            "begin_link",
            "begin_totp",
            "confirm_totp",
            "replace_recovery_codes",
            "begin_passkey",
            "create_passkey",
            "rename_passkey",
            "begin_step_up",
        ),
        *(
            "logout_everywhere",
            "regenerate_stream_key",
            *("add_restream_target", "update_restream_target"),
            "renew_calendar",
            "update_seller_profile",
            "update_tax_details",
        ),
        "begin_onboarding",
    },
    # Money: every refund is one with the buyer's provider.
    "money": {
        *("refund_order", "start_membership", "pay_membership", "change_membership_tier"),
        *("keep_membership", "pause_membership", "resume_membership", "accept_membership_price"),
    },
    # An answer to the owner, whose proposals are limited.
    "seen by the parties": {
        *("accept_product_splits", "decline_product_splits"),
        *("accept_release_splits", "decline_release_splits"),
        *("accept_support_splits", "decline_support_splits"),
    },
    # Fifty reports an hour: a limit of their own, which is counted before anything is looked up.
    # Resumable uploads count when they are created, if others see what they are for.
    # Invitations and receipts have a bound of their own for each member.
    "limited elsewhere": {
        *("create_report", "create_upload", "append_to_upload", "create_invitation"),
        # So many addresses a day.
        "import_subscribers",
        "request_receipt",
        # Once a day for each gift, which somebody paid for.
        *("correct_gift", "resend_gift"),
        # Ten times a day.
        "verify_profile_links",
        # Thirty times in ten seconds.
        "change_listening",
    },
    # It only takes something away.
    "ends something": {
        *(
            "end_stream",
            "cancel_stream",
            "remove_playlist_entries",
            "cancel_membership",
            "accept_delivery",
            "decline_station_request",
        ),
    },
    # Once for each decision of staff, and each notice.
    "once": {"appeal_takedown", "counter_notice"},
}


@pytest.fixture(scope="module")
def app() -> Litestar:
    return assembled()


def _handlers(app: Litestar) -> list[HTTPRouteHandler]:
    """The routes by which members add or change something: deleting adds nothing."""
    return [
        handler
        for route in app.routes
        for handler in getattr(route, "route_handlers", [])
        if isinstance(handler, HTTPRouteHandler)
        and {"POST", "PUT", "PATCH"} & {str(method) for method in handler.http_methods}
        and access_of(handler) in {Access.USER, Access.CREATOR}
    ]


def test_every_route_is_counted_or_says_why_not(app: Litestar):
    exempt = set[str]().union(*_NOT_COUNTED.values())
    handlers = _handlers(app)
    assert len(handlers) > 50
    ensure_none(
        handler.fn.__name__
        for handler in handlers
        if (activity_of(handler) is None) != (handler.fn.__name__ in exempt)
    )
    assert exempt <= {handler.fn.__name__ for handler in handlers}


def test_every_kind_of_activity_is_used_and_has_a_setting(app: Litestar):
    assert {activity_of(handler) for handler in _handlers(app)} - {None} == set(Activity)
    limits = Settings(env=Environment.TEST).hourly_limits
    assert set(limits) == set(Activity)
    assert all(limits.values())
    assert Settings(env=Environment.TEST, rate_limit_per_ip=0).hourly_limits == {}


def test_frames_count_as_the_routes_that_do_the_same(app: Litestar):
    routes = {"MessageFrame": "send_message", "EditFrame": "edit_message"}
    routes["ReactFrame"] = "react_to_message"
    by_name = {handler.fn.__name__: activity_of(handler) for handler in _handlers(app)}
    found = {frame.__name__: activity for frame, activity in _ACTIVITIES.items()}
    assert found == {frame: by_name[route] for frame, route in routes.items()}
    # Joining is counted by the hub; the others add nothing that is kept.
    uncounted = {
        frame.__name__ for frame in _HANDLERS if issubclass(frame, ClientFrame)
    } - found.keys()
    assert uncounted == {"JoinFrame", "LeaveFrame", "DeleteFrame", "ReadFrame", "TypingFrame"}
