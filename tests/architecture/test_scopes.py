"""Every route says which scope lets an API key at it, or that none ever does."""

import re

import pytest

from tests.architecture.source import ensure_none
from tests.calls import Call, list_calls
from veza.core.access import Access, Scope, needs_session
from veza.http.security.authorization import access_of, scope_of

_READING = {"GET", "HEAD", "OPTIONS"}

# A key that is stolen must not let a thief in for good, nor at what staff may do.
_NEVER = re.compile(
    r"""
    ^\w+\ /api/v1/(
        .*admin/.*
      | auth/.* | csrf-token
      | sessions.* | developer/.*
      | users/me/(password|creator)
    )$
    | ^(PUT|DELETE)\ /api/v1/users/me$
    """,
    re.VERBOSE,
)


# Paths with a word of `SESSION_ONLY` that a key may reach nevertheless, and why. An entry needs a
# review: it must not move money, show legal identity or give anything that outlives the key.
_A_KEY_MAY = {
    "GET /api/v1/playlists/{playlist_id:uuid}/export": "What the list of its entries shows.",
    "GET /api/v1/sell/products": "The member's own catalogue, without what was sold.",
}


@pytest.fixture(scope="module")
def calls() -> list[Call]:
    return [call for call in list_calls() if call.looks_at_credentials]


def test_every_route_says_which_scope_it_wants(calls: list[Call]):
    assert len(calls) > 20
    ensure_none(f"{call} says no scope" for call in calls if "scope" not in call.handler.opt)


def test_what_only_reads_wants_read_and_what_changes_wants_write(calls: list[Call]):
    ensure_none(
        f"{call} wants {scope}"
        for call in calls
        if (scope := scope_of(call.handler)) is not None
        if scope is not (Scope.READ if _only_reads(call) else Scope.WRITE)
    )


def test_no_key_reaches_staff_nor_what_guards_an_account(calls: list[Call]):
    staff = {Access.MODERATOR, Access.ADMIN}
    ensure_none(
        f"{call} wants {scope_of(call.handler)}"
        for call in calls
        if _NEVER.match(str(call)) or access_of(call.handler) in staff
        if scope_of(call.handler) is not None
    )


def test_no_key_reaches_money_payouts_legal_identity_or_credentials(calls: list[Call]):
    about = [call for call in calls if needs_session(call.path)]
    assert len(about) > 40
    ensure_none(
        f"{call} wants {scope_of(call.handler)}, and needs a session"
        for call in about
        if scope_of(call.handler) is not None and str(call) not in _A_KEY_MAY
    )


def test_every_exception_is_still_one(calls: list[Call]):
    by_name = {str(call): call for call in calls}
    ensure_none(
        f"{name} is no exception any more"
        for name in _A_KEY_MAY
        if name not in by_name or scope_of(by_name[name].handler) is None
    )


@pytest.mark.parametrize(
    ("path", "is_needed"),
    [
        ("/api/v1/sell/connect/onboard", True),
        ("/api/v1/sell/profile", True),
        ("/api/v1/sell/tax-report", True),
        ("/api/v1/users/me/app-passwords", True),
        ("/api/v1/marketplace/orders/{order_id:uuid}/refund", True),
        ("/api/v1/marketplace/products/{product_id:uuid}/codes", True),
        ("/api/v1/live/streams/me/key", True),
        ("/api/v1/cloud/files/{file_id:uuid}/share", True),
        ("/api/v1/cloud/files/{key:str}", False),
        ("/api/v1/marketplace/products", False),
        ("/api/v1/tracks", False),
    ],
)
def test_the_subjects_that_need_a_session_are_recognised(path: str, is_needed: bool):
    assert needs_session(path) is is_needed


@pytest.mark.parametrize(
    ("call", "is_never"),
    [
        ("POST /api/v1/auth/register", True),
        ("GET /api/v1/sessions", True),
        ("POST /api/v1/sessions/logout-all", True),
        ("DELETE /api/v1/developer/api-keys/{key_id:uuid}", True),
        ("GET /api/v1/admin/audit", True),
        ("PUT /api/v1/users/me", True),
        ("GET /api/v1/users/me", False),
        ("GET /api/v1/users/me/likes", False),
        ("PUT /api/v1/users/me/password", True),
        ("POST /api/v1/tracks", False),
    ],
)
def test_what_no_key_may_reach_is_recognised(call: str, is_never: bool):
    assert bool(_NEVER.match(call)) is is_never


def _only_reads(call: Call) -> bool:
    return call.method in _READING or "changes_nothing" in call.handler.opt
