"""Whatever is sent to a POST or PUT, the answer is a success or a refusal in the known shape."""

from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.contract.bodies import anything, bodies_like, fitting_body, sore_spots_of, write
from tests.contract.world import (
    CLOSES,
    ENDS_ACCESS,
    Json,
    World,
    list_operations,
    names_in,
)
from tests.support.references import read_document
from veza.core.access import Role

pytestmark = pytest.mark.long

_DOCUMENT = read_document()
_SENDING = {
    operation["operationId"]: (method, path, operation)
    for method, path, operation in list_operations(_DOCUMENT)
    if method in {"POST", "PUT"}
}
# What fits where all fields of a body are given, which exclude each other or name nothing.
_FITTING: dict[str, Json] = {
    "add_mail_domains": {"rule": "block"},
    "decide_notice": {"outcome": "uphold"},
    "send_notice": {"proof": None},
    "create_announcement": {"starts_at": "2126-02-14T12:00:00Z"},
    "create_conversation": {"tier_id": None, "type": "room", "member_ids": []},
    **{
        f"{answer}_{subject}_splits": {"id": None}
        for answer in ("accept", "decline")
        for subject in ("product", "release", "support")
    },
    "start_membership": {"tier_id": None, "billing": None},
    "set_tax_rate": {"valid_from": "2126-02-14"},
    "update_tax_details": {"registration_number": None},
    "change_profile": {"pinned_release_id": None},
    "create_profile": {"invite_email": None},
    **{
        name: {"bundle_id": None, "discount_code": None, "billing": None}
        for name in ("check_out", "make_quote")
    },
    "create_product": {"type": "album", "track_id": None},
    "add_comment": {"parent_id": None},
    "update_product": {"type": "album", "track_id": None},
    "send_message": {"image_ids": []},
    "invite_to_profile": {"email": None},
    "subscribe_address": {"proof": None},
    **{name: {"tier_id": None} for name in ("create_broadcast", "change_broadcast")},
    "update_conversation": {"tier_id": None},
    "send_broadcast": {"send_at": None},
    "update_playlist": {"rules": None},
    "preview_bulk_members": {"filter": None},
    "publish_post": {"product_id": None},
    "refund_order": {"item_ids": None},
    "refund_guest_order": {"item_ids": None},
    "confirm_payment": {"token": None},
    "begin_listening": {"ends_conversation": False},
    "make_stream_clip": {"track_id": None, "ended_at": None},
    "change_listening": {"version": None, "remove": [], "move": None, "add": [], "before": None},
    "save_queue": {"version": None},
    "save_queue_position": {"version": None},
}
# What is refused though its body fits, as what it asks for is so already, or is another's.
_REFUSED = {
    "appeal_sanction": "it sends no signature",
    "appeal_takedown": "is somebody else's",
    "unban_user": "isn't suspended",
    "start_membership": "is the member's own profile",
    "update_recording": "it begins after its end",
    "accept_membership_price": "no other price is asked",
    "change_membership_tier": "is of another profile",
    "register": "there is somebody of that name",
    "create_first_admin": "there is an admin",
    "add_to_roster": "its path and its body name the same profile",
    "set_member_role": "isn't in the conversation",
    "restore_file": "isn't in the trash",
    "create_review": "wasn't bought",
    "change_review": "is somebody else's",
    "logout_session": "its session is over",
    "complete_login": "no login waits for a factor",
    "change_members_in_bulk": "no preview was made",
    "close_reports_in_bulk": "no preview was made",
    "step_up": "it sends every proof at once",
    "confirm_totp": "no authenticator app waits for a code",
    "begin_factor_passkey": "no login waits for a factor",
    "begin_step_up": "it has no passkey",
    "create_passkey": "no passkey was begun",
    "rename_passkey": "is somebody else's",
    "sign_in_with_passkey": "no device signed it",
}
# So many are sent, shared by the operations.
_BODIES_IN_ALL = 2_000


class Sender:
    """Sends bodies to one operation after the other, as an admin."""

    def __init__(self, world: World, client: httpx.Client) -> None:
        self._world = world
        self._client = client

    def begin(self, name: str) -> Json:
        """Turn to an operation; give a body that fits it."""
        self._name = name
        self._method, self._path, operation = _SENDING[name]
        self._admin = self._world.person(Role.ADMIN)
        spent = self._world.spent_by(name, self._admin)
        names = names_in(self._path, operation, _DOCUMENT)
        self._things = self._world.things_of(self._admin, names) | spent
        return fitting_body(operation, _DOCUMENT, self._things) | _FITTING.get(name, {})

    def send(self, body: bytes) -> httpx.Response:
        caller = self._world.person(Role.ADMIN) if self._name in ENDS_ACCESS else self._admin
        headers = self._world.headers(caller) | {"Content-Type": "application/json"}
        headers |= self._world.signature_of(self._name, body)
        path = self._path.format(**self._things)
        answer = self._client.request(self._method, path, content=body, headers=headers)
        ensure_taken_or_refused(answer)
        if self._name in CLOSES:
            self._world.reopen()
        return answer


@pytest.fixture(scope="module")
def sender(world: World, program: httpx.Client) -> Sender:
    return Sender(world, program)


@pytest.mark.parametrize("name", _SENDING)
def test_any_json_is_taken_or_refused(name: str, sender: Sender) -> None:
    """Send what fits, what programs stumble over in the place of each field, and anything."""
    fitting = sender.begin(name)
    if fitting and name not in _REFUSED:
        # Were it refused, nothing that is sent in its place would get any further.
        answer = sender.send(write(fitting))
        assert answer.is_success, answer.text
    for field, fits in fitting.items():
        for value in sore_spots_of(fits):
            sender.send(write(fitting | {field: value}))

    @settings(max_examples=max(_BODIES_IN_ALL // len(_SENDING), 1), derandomize=True)
    @given(bodies_like(fitting))
    def send(body: bytes) -> None:
        sender.send(body)

    send()


def test_any_text_in_a_form_is_taken_or_refused(world: World, program: httpx.Client) -> None:
    """The one form that takes more than files: its fields are read by hand."""
    creator = world.person(Role.CREATOR)
    sound = world.things_of(creator, set())["file"]
    field = st.sampled_from(["title", "description", "genre", "tags", "visibility", "downloadable"])
    texts = anything().map(lambda value: value if isinstance(value, str) else repr(value))

    @settings(max_examples=60, derandomize=True)
    @given(st.dictionaries(field, texts), st.sampled_from([sound, b"", b"no sound"]))
    def send(fields: dict[str, str], file: bytes) -> None:
        form = {"title": "Night Ferry"} | fields
        answer = program.post(
            "/api/v1/tracks",
            data={name: text.encode(errors="surrogatepass") for name, text in form.items()},
            files={"file": ("tone.flac", file)},
            headers=world.headers(creator),
        )
        ensure_taken_or_refused(answer)

    send()


def ensure_taken_or_refused(answer: httpx.Response) -> None:
    """Fail where the answer is neither a success nor a refusal as all are."""
    assert 200 <= answer.status_code < 300 or 400 <= answer.status_code < 500, answer.text
    # No limit is met by chance: every call comes from an address of its own.
    assert answer.status_code != 429 or answer.json()["code"] != "too_many_requests"
    if answer.status_code >= 400:
        ensure_refusal(answer.json())


def ensure_refusal(body: Json) -> None:
    assert body["success"] is False
    assert body.keys() <= {"success", "error", "code", "request_id", "details"}
    assert all(body[key] and isinstance(body[key], str) for key in ("error", "code", "request_id"))
    faults: list[Any] = body.get("details", [])
    said = {"field", "message"}
    assert all(said <= fault.keys() <= said | {"rule", "limit"} for fault in faults)
    assert not any("`str`" in fault["message"] for fault in faults), faults
