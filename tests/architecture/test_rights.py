"""Each route says what a role in a profile must allow, or that only accounts may call it."""

import pytest

from tests.architecture.source import ensure_none
from tests.calls import Call, list_calls
from veza.core.access import Access
from veza.core.profiles import Right
from veza.http.security.authorization import access_of, right_of

_FOR_ALL = {Access.NONE, Access.OPTIONAL}
_STAFF = {Access.MODERATOR, Access.ADMIN}
# Subjects of an account, whatever its profiles are.
_OF_ACCOUNTS = (
    *("/auth/", "/csrf-token", "/sessions", "/developer/", "/admin/", "/users/me/factors"),
    *("/users/me/passkeys", "/users/me/identities", "/users/me/password"),
    *("/users/me/app-passwords", "/users/me/creator", "/users/me/privacy"),
    *("/users/me/deletion", "/users/me/stay", "/notifications/push/"),
)


@pytest.fixture(scope="module")
def calls() -> list[Call]:
    return [call for call in list_calls() if access_of(call.handler) is not Access.NONE]


def _path_of(call: Call) -> str:
    return call.path.removeprefix("/api/v1")


def test_each_route_declares_a_right_or_that_it_has_none(calls: list[Call]):
    assert len(calls) > 200
    ensure_none(
        f"{call} says not who may call it as a profile"
        for call in calls
        if access_of(call.handler) not in _STAFF
        if not (access_of(call.handler) is Access.OPTIONAL and call.method == "GET")
        if "right" not in call.handler.opt
    )


def test_nobody_reaches_an_account_as_a_profile(calls: list[Call]):
    ensure_none(
        f"{call} is about an account"
        for call in calls
        if _path_of(call).startswith(_OF_ACCOUNTS) or str(call).endswith(" /api/v1/users/me")
        if right_of(call.handler) is not None
        # What the token of a session shows, and the name of the profile.
        if str(call) not in {"GET /api/v1/csrf-token", "GET /api/v1/users/me"}
    )


def test_staff_acts_for_itself(calls: list[Call]):
    ensure_none(
        f"{call} is for staff"
        for call in calls
        if access_of(call.handler) in _STAFF and right_of(call.handler) is not None
    )


def test_what_visitors_read_needs_no_more_than_a_role(calls: list[Call]):
    ensure_none(
        f"{call} needs {right_of(call.handler)}"
        for call in calls
        if access_of(call.handler) is Access.OPTIONAL and call.method == "GET"
        if right_of(call.handler) is not Right.READ
    )


def test_money_needs_the_right_to_it(calls: list[Call]):
    about = [
        call
        for call in calls
        if access_of(call.handler) not in _FOR_ALL | _STAFF
        if not {"sell", "orders", "invoice", "refund", "splits", "statements"}.isdisjoint(
            _path_of(call).split("/")
        )
    ]
    assert len(about) > 12
    ensure_none(
        f"{call} needs {right_of(call.handler)}"
        for call in about
        if right_of(call.handler) is not Right.MONEY
        # The profile's own catalogue and codes, without what was sold.
        if str(call) not in {"GET /api/v1/sell/products", "GET /api/v1/sell/bundles"}
        if "discounts" not in _path_of(call)
    )


def test_each_right_is_needed_somewhere(calls: list[Call]):
    # Who manages a profile is decided by the one in the path.
    assert {right_of(call.handler) for call in calls} - {None} == set(Right)
