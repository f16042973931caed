"""The texts of a profile are taken down: only the owner sees them, and may change them."""

import pytest

from tests import make
from tests.domains.auth.factors.steps import let_proofs_age
from tests.domains.moderation.takedowns.takedown_steps import show, undo

TEXTS = {
    "text": "Loathsome words about my music.",
    "avatar_alt": "an oathsome picture",
    "place": "Loathsome street 4",
    "contact": "loathsome@example.com",
    "links": [
        {
            "url": "https://loathsome.example/tour",
            "label": "Loathsome tour",
            "is_verified": False,
        },
    ],
}
EMPTY = {"text": "", "place": "", "contact": "", "avatar_alt": "", "links": []}


@pytest.fixture
async def profile(client, artist):
    path = f"profiles/{artist.id}"
    answer = await client.put(path, headers=artist.headers, json=TEXTS)
    assert answer.status_code == 200, answer.text
    return path


def texts(answer):
    shown = answer.json()["data"]
    return {field: shown[field] for field in TEXTS}


async def look(client, places, member):
    viewers = (None, member)
    return [(await show(client, one, who)).json()["data"] for one in places for who in viewers]


async def test_only_the_owner_sees_them_and_they_come_back(
    client, take_down, artist, moderator, ann, profile
):
    places = (profile, f"profiles/by-handle/{artist.username}", f"users/{artist.username}")
    before = await look(client, places, ann)
    own = (await show(client, "users/me", artist)).json()["data"]

    taken = (await take_down(moderator, "profile", artist.id)).json()["data"]
    for place in places:
        for who in (None, ann, moderator):
            answer = await show(client, place, who)
            assert answer.status_code == 200
            assert "oathsome" not in answer.text
            assert "taken_down" not in answer.text
    shown = await show(client, profile, artist)
    assert texts(shown) == TEXTS
    assert shown.json()["data"]["taken_down"]["category"] == "copyright"
    listed = (await show(client, "users/me/profiles", artist)).json()["data"]["profiles"]
    assert listed[0]["taken_down"]["appeal_url"].endswith(f"/takedowns/{taken['id']}/appeal")
    assert listed[0]["text"] == TEXTS["text"]
    assert (await show(client, "users/me", artist)).json()["data"] == own
    again = await take_down(moderator, "profile", artist.id)
    assert (again.status_code, again.json()["code"]) == (409, "already_taken_down")

    await undo(client, moderator, taken["id"])
    assert await look(client, places, ann) == before


@pytest.mark.parametrize("way", ["profile", "account"])
async def test_what_the_owner_changes_is_shown_after_the_undo_alone(
    client, services, take_down, artist, moderator, ann, profile, way
):
    taken = (await take_down(moderator, "profile", artist.id)).json()["data"]
    if way == "profile":
        changed = {"text": "Better words.", "place": "Oslo", "links": []}
        answer = await client.put(profile, headers=artist.headers, json=changed)
        expected = TEXTS | changed
    else:
        body = {"bio": "Better words."}
        answer = await client.put("users/me", headers=artist.headers, json=body)
        expected = TEXTS | {"text": "Better words."}
    assert answer.status_code == 200, answer.text
    assert texts(await show(client, profile, artist)) == expected
    assert texts(await show(client, profile, ann)) == EMPTY

    await make.delivered(services)
    edited = await show(client, "admin/takedowns?status=edited", moderator)
    assert taken["id"] in {one["id"] for one in edited.json()["data"]["takedowns"]}
    await undo(client, moderator, taken["id"])
    assert texts(await show(client, profile, ann)) == expected


async def test_those_that_are_taken_down_for_good_are_forgotten(
    client, services, take_down, artist, admin, profile
):
    await let_proofs_age(services, admin.id, -11)
    answer = await take_down(admin, "profile", artist.id, permanent=True)
    assert answer.status_code == 201, answer.text
    async with services.database.transaction() as tx:
        sql = "update takedowns set created_at = now() - interval '185 days' where owner_id = $1"
        await tx.run(sql, artist.id)
    await make.deleted_for_good(services)

    shown = await show(client, profile, artist)
    assert texts(shown) == EMPTY
    answer = await client.put(profile, headers=artist.headers, json={"text": "Anew."})
    assert (await show(client, profile)).json()["data"]["text"] == "Anew."
