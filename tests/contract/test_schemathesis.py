"""Schemathesis goes over the whole document, signed in, and finds nothing.

Each operation is called by a member of its own with what the document allows and with what it
doesn't, and at every bound that it names. Nothing may crash, and nothing may be answered that the
document doesn't tell.
"""

import json
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from uuid import uuid4

import pytest
import requests
from schemathesis import Case
from schemathesis.core.parameters import ParameterLocation
from schemathesis.specs.openapi.checks import ignored_auth, negative_data_rejection

from tests import make
from tests.architecture.source import ensure_none
from tests.contract.drawing import draw, list_bounds
from tests.contract.world import (
    CLOSES,
    ENDS_ACCESS,
    UPLOAD_HEADERS,
    Json,
    Things,
    World,
    list_operations,
    names_in,
)
from tests.support.references import list_codes, read_document
from tests.support.srt_material import wrap_as_encoder
from veza.core.access import Role
from veza.http.security.authorization import RoleRequired
from veza.server.config import MAX_VALUE_BYTES

pytestmark = pytest.mark.long

# What some operations name otherwise than others: by the name of it in the world.
_NAMED_APART = {
    "list_comments": {"parent_id": "comment_id"},
    "add_comment": {"parent_id": "comment_id"},
    "add_mail_domains": {"rule": "mail_rule", "domains": "mail_domains"},
    "accept_playlist_invitation": {"playlist_id": "invited_playlist_id"},
    "change_review": {"product_id": "reviewed_product_id", "review_id": "own_review_id"},
    "create_review": {"product_id": "bought_product_id"},
    "delete_review": {"product_id": "reviewed_product_id", "review_id": "own_review_id"},
    "delete_product_file": {"product_id": "unsold_id", "file_id": "unsold_file_id"},
    "download_archive": {"archive_id": "ready_archive_id", "signature": "archive_signature"},
    "download_export": {"signature": "export_signature"},
    "confirm_payment": {"token": "no_token"},
    "download_file": {"file_id": "bought_file_id"},
    "download_commission_file": {"file_id": "sent_file_id"},
    "retry_failed_track": {"track_id": "failed_track_id"},
    "register": {"username": "new_username", "email": "new_email"},
    "show_recording_media": {"signature": "recording_signature"},
    "show_replay": {"track_id": "replay_track_id"},
    "list_replay_chat": {"track_id": "replay_track_id"},
    "show_sanction": {"signature": "sanction_signature"},
    "upload_gear_document": {"file": "cover"},
    "upload_image": {"file": "cover"},
    "upload_avatar": {"file": "cover"},
    "upload_banner": {"file": "cover"},
    "list_track_credits": {"track_id": "own_track_id"},
    "list_track_referrers": {"track_id": "own_track_id"},
    "show_episode": {"track_id": "own_track_id"},
    "show_transcript": {"track_id": "own_track_id"},
    "show_episode_of_track": {"track_id": "own_track_id"},
    "show_track_statistics": {"track_id": "own_track_id"},
    "show_uploaded_file": {"track_id": "own_track_id"},
    "restore_file": {"file_id": "trashed_file_id"},
    # They edit a playlist, or are in a conversation already.
    "remove_playlist_editor": {"user_id": "other_member_id"},
    "remove_member": {"user_id": "other_member_id"},
    "set_member_role": {"user_id": "other_member_id"},
}

# They take what is signed alone, whatever stands in it.
_OF_PROVIDERS = {"receive_hyperswitch_event", "receive_stripe_event", "receive_mail_report"}
_MAIL_EVENTS = b'{"events": [{"type": "bounce", "recipient": "nobody@example.net"}]}'

# They take a form that is no JSON, and a secret.
_OF_INGEST = {
    *("admit_encoder", "announce_title", "check_encoder", "confirm_encoder", "release_encoder"),
    "unlock_encoder",
}

# Only an empty server does it: `tests/launcher/test_first_start.py` has one.
_WITHOUT_ADMIN = {"POST /api/v1/auth/setup"}
# Its path and its body name a label and an artist by one name: here they are the same.
_OF_TWO_PROFILES = {"POST /api/v1/profiles/{profile_id}/roster"}
# This server receives no WHIP: one of `tests/journeys/test_whip.py` does.
_WITHOUT_WHIP = {
    "POST /api/v1/live/whip",
    *(f"{method} /api/v1/live/whip/{{session}}" for method in ("PATCH", "DELETE")),
}

# What lets somebody at a file without a token.
_LINK = ("expires", "member", "signature")

_UNKNOWN_HEADER = "x-schemathesis-unknown-property"

_DOCUMENT = read_document()
_OPERATIONS = {
    operation["operationId"]: operation for _, _, operation in list_operations(_DOCUMENT)
}


def _needs_member(operation: Json) -> bool:
    security = operation.get("security", [])
    return bool(security) and {} not in security


def _needs_role(operation: Json) -> bool:
    refused = operation["responses"].get("403")
    return refused is not None and RoleRequired.code in list_codes(refused)


# The role that each operation admits.
_ROLES = {
    name: Role.ADMIN if _needs_role(operation) else Role.USER
    for name, operation in _OPERATIONS.items()
}


@dataclass(frozen=True)
class Caller:
    """Who calls an operation, and what paths and bodies may name."""

    person: make.Person | None
    things: Things


class Road:
    """Takes each call to the server, and holds the answer against the document."""

    def __init__(self, world: World, session: requests.Session) -> None:
        self._world = world
        self._session = session
        self._callers: dict[tuple[str, Role | None], Caller] = {}
        self._readers: dict[Role | None, tuple[make.Person, Things]] = {}
        self.seen: dict[str, Counter[int]] = defaultdict(Counter)

    def walk(self, case: Case, role: Role | None) -> None:
        caller = self._caller_of(case, role)
        seen = self.seen[case.operation.label]
        has_succeeded = any(status < 300 for status in seen)
        if not (has_succeeded and _is_left_as_drawn(case)):
            _name_what_exists(case, caller.things)
        options = self._options_of(case, caller)
        answer = case.call(base_url=self._world.server.url, session=self._session, **options)
        # This one sends each call again without credentials, and with others: once is enough.
        known = [ignored_auth] if has_succeeded else []
        if _has_file_of_ours(case):
            # What it didn't draw itself it takes for wrong, where it is bytes.
            known.append(negative_data_rejection)
        if _UNKNOWN_HEADER in case.headers:
            # Whoever sends a header that nobody reads does nothing wrong.
            known.append(negative_data_rejection)
        if answer.request.method == case.operation.method.upper():
            seen[answer.status_code] += 1
        if answer.status_code == HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE:
            # The server refuses such a header before it knows which operation is meant.
            assert max(map(len, answer.request.headers.values())) > MAX_VALUE_BYTES
            return
        if _name_of(case) in CLOSES:
            self._world.reopen()
        case.validate_response(answer, excluded_checks=known, headers=options["headers"])

    def _options_of(self, case: Case, caller: Caller) -> Json:
        """Say who calls; at the door of a company or the ingest, every other time what it says."""
        name, headers = _name_of(case), self._world.headers(caller.person)
        is_left = self.seen[case.operation.label].total() % 2
        if name in _OF_INGEST and not is_left:
            key = caller.things["stream_key"]
            form = {"name": key, "clientid": "2", "call": "update_play", "title": "Ada - Dusk"}
            form |= {
                "member": caller.things["profile_id"],
                "material": wrap_as_encoder(key, bytes(16)).hex(),
            }
            params = {"secret": caller.things["secret"]}
            return {"headers": headers, "data": form, "params": params}
        if name not in _OF_PROVIDERS or is_left:
            return {"headers": headers}
        is_of_mail = name == "receive_mail_report"
        event = _MAIL_EVENTS if is_of_mail else _write_event(caller.things)
        return {"headers": headers | self._world.signature_of(name, event), "data": event}

    def _caller_of(self, case: Case, role: Role | None) -> Caller:
        name = _name_of(case)
        if name in ENDS_ACCESS:
            # Each call has a member of its own, who has nothing else than what is spent.
            person = self._world.person(role or Role.USER)
            return Caller(person if role else None, self._world.spent_by(name, person))
        if (name, role) not in self._callers:
            self._callers[name, role] = self._make_caller(case, role)
        return self._callers[name, role]

    def _make_caller(self, case: Case, role: Role | None) -> Caller:
        named = _NAMED_APART.get(_name_of(case), {})
        if case.operation.method == "get":
            person, things = self._reader_of(role)
            things = things | {"track_id": self._world.heard, "image_id": self._world.seen}
        else:
            person = self._world.person(role or Role.USER)
            names = names_in(case.operation.path, case.operation.definition.raw, _DOCUMENT)
            # What is signed for it names a payment.
            names |= {*named.values(), *(["payment_id"] if _name_of(case) in _OF_PROVIDERS else [])}
            things = self._world.things_of(person, names)
        things |= {name: things[name_there] for name, name_there in named.items()}
        if _name_of(case) in {"admit_encoder", "check_encoder"}:
            # Their encoder isn't there yet.
            things["stream_key"] = self._world.unused_key()
        if _name_of(case) == "unban_user":
            self._world.suspend(things["user_id"])
        things |= self._world.spent_by(_name_of(case), person)
        return Caller(person if role else None, things)

    def _reader_of(self, role: Role | None) -> tuple[make.Person, Things]:
        """Return who calls all that only reads, in a role, and what they have."""
        if role not in self._readers:
            person = self._world.person(role or Role.USER)
            self._readers[role] = person, self._world.things_of(person)
        return self._readers[role]


@pytest.fixture(scope="module")
def road(world: World) -> Iterator[Road]:
    with requests.Session() as session:
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        yield Road(world, session)


@pytest.mark.parametrize("name", _OPERATIONS)
def test_nothing_is_found(name: str, road: Road) -> None:
    """Call as a role that is admitted; the input of all roles is parsed alike."""
    draw(name, lambda case: road.walk(case, _ROLES[name]))


@pytest.mark.parametrize("name", _OPERATIONS)
def test_nothing_is_found_at_any_bound(name: str, road: Road) -> None:
    for case in list_bounds(name):
        road.walk(case, _ROLES[name])


@pytest.mark.parametrize("name", [n for n, each in _OPERATIONS.items() if not _needs_member(each)])
def test_nothing_is_found_where_nobody_needs_to_sign_in(name: str, road: Road) -> None:
    draw(name, lambda case: road.walk(case, None), examples=2)


def test_every_operation_did_what_it_is_for(road: Road) -> None:
    """Were all calls refused, nothing would be shown by finding nothing."""
    labels = {f"{method} {path}" for method, path, _ in list_operations(_DOCUMENT)}
    if labels - set(road.seen):
        pytest.skip("Not all operations were called.")
    ensure_none(
        f"{label}: {dict(statuses)}"
        for label, statuses in road.seen.items()
        if label not in _WITHOUT_ADMIN | _OF_TWO_PROFILES | _WITHOUT_WHIP
        and not any(status < 400 for status in statuses)
    )


def _name_of(case: Case) -> str:
    return case.operation.definition.raw["operationId"]


def _is_left_as_drawn(case: Case) -> bool:
    """Choose one call in three, the same each time."""
    content = repr((case.path_parameters, case.query, case.body, case.headers))
    return zlib.crc32(content.encode(errors="surrogatepass")) % 3 == 0


def _name_what_exists(case: Case, things: Things) -> None:
    """Let a call name what does exist, where it is well-formed."""
    if case.meta is None:
        return
    if not case.meta.is_negative_at(ParameterLocation.PATH):
        _replace(case.path_parameters, things)
    if not case.meta.is_negative_at(ParameterLocation.HEADER):
        _replace(case.headers, UPLOAD_HEADERS)
    if not case.meta.is_negative_at(ParameterLocation.QUERY):
        _replace(case.query, {name: things[name] for name in _LINK if name in things})
    if isinstance(case.body, dict) and not case.meta.is_negative_at(ParameterLocation.BODY):
        # JSON has no bytes; a form has files.
        is_json = case.media_type == "application/json"
        named = {name: thing for name, thing in things.items() if not isinstance(thing, bytes)}
        _replace(case.body, named if is_json else things)


def _write_event(things: Things) -> bytes:
    event = {"event": "payment.succeeded", "payment_id": things["payment_id"]}
    return json.dumps(event | {"event_id": uuid4().hex}).encode()


def _has_file_of_ours(case: Case) -> bool:
    return isinstance(case.body, dict) and any(
        isinstance(value, bytes) for value in case.body.values()
    )


def _replace(given: Any, things: Things) -> None:
    for name in given.keys() & things.keys():
        given[name] = things[name]
