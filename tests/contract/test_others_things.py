"""Nobody reads or changes what is somebody else's, on whichever route they try."""

import httpx
import pytest

from tests import make
from tests.contract.bodies import fitting_body, write
from tests.contract.world import (
    UPLOAD_HEADERS,
    Json,
    Things,
    World,
    list_operations,
)
from tests.support.references import read_document
from veza.core.access import Role

pytestmark = pytest.mark.long

_DOCUMENT = read_document()
_OPERATIONS = {
    operation["operationId"]: (method, path, operation)
    for method, path, operation in list_operations(_DOCUMENT)
}
_ABOUT_SOMETHING = [name for name, (_, path, _) in _OPERATIONS.items() if "{" in path]

# What a path may name of anybody, and why: here it only must tell nothing private.
_OF_ANYBODY = {
    "show_profile": "A profile is public.",
    **dict.fromkeys(
        (
            *("show_profile_by_id", "show_profile_by_handle", "show_avatar", "change_profile"),
            *("upload_avatar", "upload_banner", "remove_avatar", "remove_banner"),
            "verify_profile_links",
            *("list_broadcasts", "create_broadcast", "show_broadcast", "change_broadcast"),
            *("cancel_broadcast", "preview_broadcast", "send_broadcast", "test_broadcast"),
            *("count_subscribers", "export_subscribers", "import_subscribers"),
            *("list_profile_members", "change_profile_member", "remove_profile_member"),
            *("invite_to_profile", "list_profile_invitations", "withdraw_profile_invitation"),
            *("transfer_profile", "delete_profile", "list_roster", "add_to_roster"),
            *("show_default_split", "set_default_split", "propose_support_splits"),
            *(
                "list_label_releases",
                "merge_profile",
                "show_sent_claim",
                "send_claim_again",
                "revoke_claim",
            ),
        ),
        "Profiles are public: changing one is 403.",
    ),
    "list_tracks_of_user": "It lists what its reader may know of.",
    "list_playlists_of_user": "It lists what its reader may know of.",
    "list_shows_of_user": "It lists what its reader may know of.",
    "list_releases_of_user": "It lists what its reader may know of.",
    "list_appearances": "It lists what its reader may know of.",
    "get_public_tip_jar": "Everybody sees whether a profile takes tips.",
    "list_exclusives": "Everybody sees what a profile has for members, who alone can open it.",
    "list_open_tiers": "Everybody sees the tiers that a profile offers.",
    "list_profile_credits": "It lists what its reader may know of.",
    "list_similar_artists": "It lists what its reader may know of.",
    "list_posts_of_user": "It lists what its reader may know of.",
    **dict.fromkeys(
        ("show_post", "delete_post", "list_post_comments", "delete_post_comment"),
        "Posts and what is said to them are public: changing one is 403.",
    ),
    **dict.fromkeys(
        ("begin_openid", "complete_openid", "sign_out_at_provider", "begin_link"),
        "Everybody may sign in at a provider.",
    ),
    "show_site_page": "Everybody may read the terms.",
    "show_onboarding": "Whoever has the link is the seller.",
    "complete_onboarding": "Whoever has the link is the seller.",
    "show_return": "Its address is signed: whoever has it, a seller gave it to.",
    **dict.fromkeys(("show_claim", "claim_profile"), "Who has the link may claim the page."),
    "show_shared": "Whoever has the link has the file.",
    "download_shared": "Whoever has the link has the file.",
    "subscribe_address": "Everybody may ask for mail of a profile.",
    **dict.fromkeys(
        ("show_subscription", "choose_subscription"), "Everybody chooses whose mail they get."
    ),
    "unsubscribe_address": "Who has the link in a mail ends it.",
    "list_followers": "Who follows whom is public.",
    "list_following": "Who follows whom is public.",
    **dict.fromkeys(
        (
            *("follow_member", "unfollow_member", "block_member", "unblock_member"),
            *("mute_member", "unmute_member", "show_relation"),
        ),
        "One follows, blocks and mutes whomever one likes.",
    ),
}


@pytest.fixture(scope="module")
def owner(world: World) -> make.Person:
    return world.person(Role.CREATOR)


@pytest.fixture(scope="module")
def things(world: World, owner: make.Person) -> Things:
    """Things that are their owner's alone."""
    return world.things_of(owner, is_private=True)


@pytest.mark.parametrize("role", [Role.USER, Role.CREATOR, None], ids=str)
@pytest.mark.parametrize("name", _ABOUT_SOMETHING)
def test_a_thing_of_somebody_else_is_not_there(
    name: str, role: Role | None, world: World, things: Things, program: httpx.Client
) -> None:
    answer = _call(name, world.person(role) if role else None, world, things, program)

    _ensure_nothing_private(answer, things)
    if name not in _OF_ANYBODY:
        assert answer.status_code in ({403, 404} if role else {401, 403, 404}), answer.text


@pytest.mark.parametrize("name", [n for n in _ABOUT_SOMETHING if n not in _OF_ANYBODY])
def test_a_private_thing_answers_like_one_that_is_not_there(
    name: str, world: World, things: Things, program: httpx.Client
) -> None:
    """Not even that it exists can be found out, but by who may manage everything."""
    stranger = world.person(Role.USER)
    nowhere = things | {n: world.unknown_id() for n, value in things.items() if _is_id(value)}
    private = _call(name, stranger, world, things, program)
    missing = _call(name, stranger, world, nowhere, program)

    assert (private.status_code, _code(private)) == (missing.status_code, _code(missing))


@pytest.mark.parametrize("name", [n for n, (m, p, _) in _OPERATIONS.items() if m == "GET"])
def test_no_list_tells_of_private_things(
    name: str, world: World, things: Things, program: httpx.Client
) -> None:
    for caller in (world.person(Role.USER), world.person(Role.CREATOR), None):
        _ensure_nothing_private(_call(name, caller, world, things, program), things)


def test_afterwards_everything_is_as_it_was(
    world: World, owner: make.Person, things: Things, program: httpx.Client
) -> None:
    path = f"/api/v1/tracks/{things['track_id']}"
    answer = program.get(path, headers=world.headers(owner))
    comments = program.get(f"{path}/comments", headers=world.headers(owner))

    assert answer.json()["data"]["title"] == things["title"]
    assert answer.json()["data"]["likes_count"] == answer.json()["data"]["plays_count"] == 0
    assert [c["id"] for c in comments.json()["data"]["comments"]] == [things["comment_id"]]


def _call(
    name: str, caller: make.Person | None, world: World, things: Things, program: httpx.Client
) -> httpx.Response:
    method, path, operation = _OPERATIONS[name]
    body = fitting_body(operation, _DOCUMENT, {})
    return program.request(
        method,
        path.format(**things),
        content=write(body) if body else None,
        params={"q": things["title"]} if "search" in path else None,
        headers=_headers_of(operation, body) | world.headers(caller),
    )


def _headers_of(operation: Json, body: Json) -> dict[str, str]:
    if any(each.get("name") in UPLOAD_HEADERS for each in operation.get("parameters", [])):
        return UPLOAD_HEADERS | {"Content-Type": "application/offset+octet-stream"}
    return {"Content-Type": "application/json"} if body else {}


def _ensure_nothing_private(answer: httpx.Response, things: Things) -> None:
    for secret in ("title", "email", "content"):
        assert things[secret] not in answer.text, secret


def _is_id(value: object) -> bool:
    return isinstance(value, str) and len(value) == 36 and value.count("-") == 4


def _code(answer: httpx.Response) -> str:
    body: Json = answer.json()
    return body.get("code", "")
