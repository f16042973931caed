"""Profiles over HTTP: each member has one, its owner changes it, and what is refused."""

import asyncio
from uuid import uuid4

import pytest

from tests import make
from veza.core.access import Scope
from veza.core.ids import new_id
from veza.core.profiles import PageKind

FIELDS = {
    "display_name": "Björk Guðmundsdóttir",
    "text": "Two lines.\nOf text.",
    "place": "Reykjavík",
    "contact": "booking@example.com",
    "avatar_alt": "Björk in a dress of snow",
    "links": [
        {"url": "https://example.com/tour?year=1", "label": "Tour", "is_verified": False},
    ],
    "musicbrainz_id": str(uuid4()),
}


async def test_a_new_member_has_a_profile_with_their_id(client, ann, show):
    profile = await show()

    assert (profile["id"], profile["kind"]) == (str(ann.id), "person")
    assert (profile["handle"], profile["display_name"]) == (ann.username, ann.username)
    assert (profile["text"], profile["place"], profile["contact"]) == ("", "", "")
    assert (profile["links"], profile["musicbrainz_id"]) == ([], None)
    assert (profile["avatar_url"], profile["banner_url"]) == (None, None)
    assert profile["verified"] is False
    by_handle = await client.get(f"profiles/by-handle/{ann.username.upper()}")
    assert profile.items() <= by_handle.json()["data"].items()


async def test_a_registered_member_has_one_at_once(client, browser):
    name = f"n{new_id().hex[-20:]}"
    form = {"username": name, "email": f"{name}@example.com", "password": make.people.PASSWORD}
    assert (await browser.post("auth/register", json=form)).status_code == 201

    own = await browser.get("users/me/profiles")

    shown = await client.get(f"profiles/by-handle/{name}")
    [profile] = own.json()["data"]["profiles"]
    assert profile.pop("role") == "owner"
    assert profile.items() <= shown.json()["data"].items()


async def test_an_owner_changes_all_fields(change, show):
    answer = await change(**FIELDS)

    assert answer.status_code == 200, answer.text
    profile = answer.json()["data"]
    assert {name: profile[name] for name in FIELDS} == FIELDS
    assert await show() == profile


async def test_omitted_fields_keep_their_values_and_empty_ones_do_not(change, show):
    await change(**FIELDS)

    await change(place="", display_name=None, links=[])

    profile = await show()
    assert (profile["place"], profile["links"]) == ("", [])
    assert profile["display_name"] == profile["handle"]
    assert profile["text"] == FIELDS["text"]
    before = await change()
    assert before.json()["data"] == profile


async def test_the_text_is_the_biography_of_the_account(client, ann, change):
    await change(text="From the profile.")
    account = (await client.get("users/me", headers=ann.headers)).json()["data"]
    assert account["bio"] == "From the profile."
    assert (await client.get(f"users/{ann.username}")).json()["data"]["bio"] == account["bio"]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"display_name": ""}, "display_name"),
        ({"display_name": " "}, "display_name"),
        ({"display_name": "x" * 61}, "display_name"),
        ({"display_name": 7}, "display_name"),
        ({"display_name": "abc\u202etxt"}, "display_name"),
        ({"display_name": "\u3164"}, "display_name"),
        ({"text": "x" * 1001}, "text"),
        ({"text": "a\u202eb"}, "text"),
        ({"place": "x" * 101}, "place"),
        ({"place": "a\u2066b"}, "place"),
        ({"contact": "x" * 201}, "contact"),
        ({"contact": None}, "contact"),
        ({"avatar_alt": "x" * 501}, "avatar_alt"),
        ({"avatar_alt": "a\u202eb"}, "avatar_alt"),
        ({"avatar_alt": None}, "avatar_alt"),
        ({"musicbrainz_id": "no id"}, "musicbrainz_id"),
        ({"links": "https://example.com"}, "links"),
        ({"links": [{"url": "https://example.com"}] * 11}, "links"),
        ({"links": [{"label": "No URL"}]}, "links[0].url"),
        ({"links": [{"url": "https://example.com", "label": "x" * 61}]}, "links[0].label"),
        ({"links": [{"url": "https://example.com", "label": "a\u202eb"}]}, "links[0].label"),
    ],
)
async def test_what_cannot_be_shown_is_refused(change, show, fields, field):
    before = await show()

    answer = await change(**fields)

    assert answer.status_code == 400, answer.text
    (detail,) = answer.json()["details"]
    assert detail["field"] == field
    # By which clients say it in the language of their reader.
    assert detail["rule"]
    assert await show() == before


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com",
        "javascript:alert(1)",
        "//example.com",
        "example.com",
        "https://",
        "https://localhost/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://user:secret@example.com/",
        "https://example.com@evil.example/",
        "https://example.com\\@evil.example/",
        "https://exam ple.com/",
        "https://example.com:port/",
        "https://-/",
        "https://example.com/\u202e",
        "https://[x/",
    ],
)
async def test_links_need_https_and_a_domain_name(change, url):
    answer = await change(links=[{"url": "https://example.com"}, {"url": url}])

    assert answer.status_code == 400, answer.text
    (detail,) = answer.json()["details"]
    assert detail["field"] == "links[1].url"
    assert detail["rule"] in {"not_a_link", "hidden_characters"}


async def test_hosts_are_shown_as_they_are_resolved(change):
    answer = await change(links=[{"url": "https://Bücher.Example:443/A"}])
    assert answer.json()["data"]["links"] == [
        {"url": "https://xn--bcher-kva.example/A", "label": "", "is_verified": False}
    ]


async def test_others_may_not_change_a_profile(client, change, ann, bob, show):
    before = await show()

    answer = await change(by=bob, of=ann, place="Elsewhere")

    assert (answer.status_code, answer.json()["code"]) == (403, "not_your_profile")
    assert (await client.put(f"profiles/{ann.id}", json={})).status_code == 401
    assert await show() == before


async def test_what_does_not_exist_is_not_found(client, ann):
    unknown = f"profiles/{new_id()}"
    for method, path in [
        ("GET", unknown),
        ("PUT", unknown),
        ("GET", f"{unknown}/avatar"),
        ("DELETE", f"{unknown}/banner"),
        ("GET", "profiles/by-handle/nobody-of-this-name"),
    ]:
        body = {"json": {}} if method == "PUT" else {}
        answer = await client.request(method, path, headers=ann.headers, **body)
        assert (answer.status_code, answer.json()["code"]) == (404, "profile_not_found"), path


async def test_keys_read_and_change_by_their_scopes(client, services, ann):
    reads = await make.key_headers(services, ann, Scope.READ)
    writes = await make.key_headers(services, ann, Scope.WRITE)
    path = f"profiles/{ann.id}"

    assert (await client.get("users/me/profiles", headers=reads)).status_code == 200
    assert (await client.put(path, headers=reads, json={})).status_code == 403
    assert (await client.put(path, headers=writes, json={})).status_code == 200


async def test_a_profile_is_hidden_with_its_member_and_from_the_blocked(client, services, ann, bob):
    path = f"profiles/{ann.id}"
    await client.post(f"users/{bob.id}/block", headers=ann.headers)
    assert (await client.get(path, headers=bob.headers)).status_code == 404
    assert (await client.get(path)).status_code == 200

    await make.suspended(services, ann)
    assert (await client.get(path)).status_code == 404
    assert (await client.get(f"profiles/by-handle/{ann.username}")).status_code == 404


async def test_a_handle_follows_the_username(client, services, ann):
    name = f"r{new_id().hex[-20:]}"
    answer = await client.put("users/me", headers=ann.headers, json={"username": name})
    assert answer.status_code == 200, answer.text

    profile = (await client.get(f"profiles/{ann.id}")).json()["data"]
    assert (profile["handle"], profile["display_name"]) == (name, name)


async def test_handles_of_other_profiles_are_taken_as_usernames_are(client, services, ann, bob):
    handle = (await make.page(services, ann, PageKind.BAND)).handle

    answer = await client.put("users/me", headers=bob.headers, json={"username": handle.upper()})

    assert (answer.status_code, answer.json()["code"]) == (409, "username_taken")
    own = (await client.get("users/me/profiles", headers=ann.headers)).json()["data"]["profiles"]
    assert [(each["kind"], each["display_name"]) for each in own] == [
        ("person", ann.username),
        ("band", handle),
    ]


async def test_changes_at_the_same_time_all_hold(client, ann, change, show):
    name = f"c{new_id().hex[-20:]}"
    answers = await asyncio.gather(
        change(place="Here"),
        change(contact="There"),
        change(display_name="Ann"),
        client.put("users/me", headers=ann.headers, json={"username": name, "bio": "Text."}),
    )

    assert [answer.status_code for answer in answers] == [200] * 4
    profile = await show()
    assert (profile["place"], profile["contact"]) == ("Here", "There")
    assert (profile["display_name"], profile["handle"]) == ("Ann", name)
    assert profile["text"] == "Text."


async def test_the_name_and_picture_of_lists_are_those_of_the_profile(change, count, ann):
    await change(display_name="Ann of the Lists")
    sql = "select count(*) from users where id = $1 and display_name = $2"
    assert await count(sql, ann.id, "Ann of the Lists") == 1
