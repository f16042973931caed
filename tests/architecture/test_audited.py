"""What changes something is recorded, and what a record says of a member can be found again."""

import re
from collections.abc import Iterator

import pytest
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler

from tests.application import assembled
from tests.architecture.source import ensure_none
from veza.http.layers.audit import MEMBER_PARAMETERS, UNSAFE

# Told by listeners' players, or by encoders and the ingest, many times a minute.
_LEFT_OUT = {
    "add_whip_candidates",
    "admit_encoder",
    "announce_title",
    "check_encoder",
    "confirm_encoder",
    "end_whip_session",
    "open_whip_session",
    "report_now_playing",
    "report_play",
    "save_queue_position",
    "release_encoder",
    "send_heartbeat",
    "unlock_encoder",
}


@pytest.fixture(scope="module")
def handlers() -> list[tuple[str, HTTPRouteHandler]]:
    """Each handler of a request that may change something, with its path."""
    return list(_find_handlers(assembled()))


def _find_handlers(app: Litestar) -> Iterator[tuple[str, HTTPRouteHandler]]:
    for route in app.routes:
        for handler in getattr(route, "route_handlers", []):
            if isinstance(handler, HTTPRouteHandler) and UNSAFE & set(handler.http_methods):
                yield route.path_format, handler


def test_only_what_the_contract_leaves_out_is_left_out(handlers):
    left_out = {h.fn.__name__ for _, h in handlers if not h.opt.get("audited", True)}
    assert left_out == _LEFT_OUT


def test_a_member_in_a_path_goes_by_a_name_that_the_audit_knows(handlers):
    # Or their id would stay in the records of others when they are erased.
    ensure_none(_find_misnamed(path for path, _ in handlers))


def test_a_misnamed_member_is_found():
    paths = ["/users/{user_id}/follow", "/users/me", "/users/{id}/block", "/rooms/{id}/members/{x}"]
    assert list(_find_misnamed(paths)) == ["/users/{id}/block", "/rooms/{id}/members/{x}"]


def test_every_action_has_a_name_of_its_own(handlers):
    names = [handler.fn.__name__ for _, handler in handlers]
    twice = {name for name in names if names.count(name) > 1}
    # The same handler at several paths.
    assert twice <= {"refresh"}


def _find_misnamed(paths) -> Iterator[str]:
    for path in paths:
        for name in re.findall(r"/(?:users|members)/\{(\w+)\}", path):
            if name not in MEMBER_PARAMETERS:
                yield path
