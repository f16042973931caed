"""Releases over HTTP: create, show, list, change, delete."""

import pytest

from tests import make
from veza.core.ids import new_id

NOBODY = "0198c0de-0000-7000-8000-000000000001"
ROWS = "select count(*) from releases where owner_id = $1"


async def _tracks(client, release_id, person=None):
    headers = person.headers if person else {}
    answer = await client.get(f"releases/{release_id}/tracks", headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]["tracks"]


async def _listed(client, path, person=None, limit=2, **params):
    """Return the ids of a list, read page by page."""
    found, cursor = [], None
    while True:
        asked = params | {"limit": limit} | ({"cursor": cursor} if cursor else {})
        headers = person.headers if person else {}
        page = (await client.get(path, params=asked, headers=headers)).json()["data"]
        found += [release["id"] for release in page["releases"]]
        cursor = page["next_cursor"]
        if not page["has_more"]:
            return found


async def test_a_release_is_shown_as_it_was_created(client, services, owner, other, add, create):
    async with services.database.transaction() as tx:
        cover = await make.bare_image(tx, owner)
    form = {
        "title": "  Night   Ferry ",
        "artist_name": "The Ferrymen",
        "kind": "ep",
        "description": "Recorded at sea.",
        "label": "Harbour",
        "catalogue_number": "HR-007",
        "upc": "0 36000-29145 2",
        "genre": "ambient",
        "tags": ["tape", "tape", " drone "],
        "release_date": "2024-02-29",
        "cover_image_id": str(cover),
        "credits": [
            {"name": "Ada", "role": "producer", "profile": {"id": str(owner.id)}},
            {"name": " Brian ", "role": "mixing"},
            {"role": "performer", "instrument": "cello", "profile": {"id": str(other.id)}},
        ],
    }
    track = await add(duration_ms=90_500)

    made = await create(track, **form)

    shown = (await client.get(f"releases/{made['id']}")).json()["data"]
    assert shown == made
    assert shown["cover_url"].endswith(f"/images/{cover}")
    expected = form | {
        "title": "Night Ferry",
        "upc": "036000291452",
        "tags": ["tape", "drone"],
        "credits": [
            {
                "name": "Ada",
                "role": "producer",
                "instrument": None,
                "profile": make.shown(owner),
            },
            {"name": "Brian", "role": "mixing", "instrument": None, "profile": None},
            # Who has not confirmed it is a name.
            {
                "name": other.username,
                "role": "performer",
                "instrument": "cello",
                "profile": None,
            },
        ],
        "artists": [{"profile": None, "name": "The Ferrymen", "join": ""}],
        "tracks_count": 1,
        "duration_seconds": 90.5,
        "owner": make.shown(owner),
    }
    del expected["cover_image_id"]
    assert {name: shown[name] for name in expected} == expected
    [on_it] = await _tracks(client, made["id"])
    assert (on_it["disc"], on_it["number"], on_it["track"]["id"]) == (1, 1, str(track))
    assert on_it["track"] == (await client.get(f"tracks/{track}")).json()["data"]


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"title": " \n"}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"kind": "tape"}, "kind"),
        ({"upc": "036000291453"}, "upc"),
        ({"upc": "0360002914529999"}, "upc"),
        ({"upc": "\u0660" * 12}, "upc"),
        ({"release_date": "2023-02-29"}, "release_date"),
        ({"credits": [{"name": " ", "role": "producer"}]}, "credits.0.name"),
        ({"credits": [{"name": "A", "role": "B"}]}, "credits.0.role"),
        ({"credits": [{"role": "producer"}]}, "credits.0.name"),
        (
            {"credits": [{"role": "producer", "profile": {"id": NOBODY}}]},
            "credits.0.profile.id",
        ),
        (
            {"credits": [{"name": "A", "role": "producer", "instrument": "bass"}]},
            "credits.0.instrument",
        ),
        ({"artists": [{"name": "A"}, {"name": "\u202eB"}]}, "artists.1.name"),
        ({"artists": [{"name": "x" * 200}] * 3}, "artists"),
        ({"tracks": [{"track_id": NOBODY, "disc": 0}]}, "tracks.0.disc"),
    ],
)
async def test_bad_metadata_is_refused_by_field(client, owner, count, form, field):
    answer = await client.post("releases", headers=owner.headers, json={"title": "A"} | form)

    assert answer.status_code == 400, answer.text
    assert answer.json()["details"][0]["field"].replace("[", ".").replace("]", "") == field
    assert await count(ROWS, owner.id) == 0


async def test_only_own_tracks_are_put_on_a_release(client, services, owner, other, add, create):
    async with services.database.transaction() as tx:
        public = await make.bare_track(tx, other.member, "Theirs")
        private = await make.bare_track(tx, other.member, "Theirs", visibility="private")
    track = await add()
    made = await create(track)
    for wrong, status, code in (
        (public, 403, "not_your_track"),
        (private, 404, "track_not_found"),
        (new_id(), 404, "track_not_found"),
    ):
        form = {"tracks": [{"track_id": str(track)}, {"track_id": str(wrong)}]}
        path = f"releases/{made['id']}/tracks"
        refused = await client.put(path, headers=owner.headers, json=form)
        assert (refused.status_code, refused.json()["code"]) == (status, code)
        posted = await client.post("releases", headers=owner.headers, json={"title": "B"} | form)
        assert (posted.status_code, posted.json()["code"]) == (status, code)
    assert len(await _tracks(client, made["id"])) == 1


async def test_tracks_are_replaced_in_the_order_of_discs_and_numbers(client, owner, add, create):
    a, b, c = [str(await add(duration_ms=1000 * n)) for n in (1, 2, 4)]
    made = await create(a, b)
    form = {
        "tracks": [
            {"track_id": c, "disc": 2, "number": 7},
            {"track_id": b, "disc": 1, "number": 4},
        ]
    }

    answer = await client.put(f"releases/{made['id']}/tracks", headers=owner.headers, json=form)

    assert answer.status_code == 200, answer.text
    places = [
        (one["disc"], one["number"], one["track"]["id"]) for one in answer.json()["data"]["tracks"]
    ]
    assert places == [(1, 4, b), (2, 7, c)]
    shown = (await client.get(f"releases/{made['id']}")).json()["data"]
    assert (shown["tracks_count"], shown["duration_seconds"]) == (2, 6)
    assert shown["updated_at"] > made["updated_at"]
    assert (await client.get(f"tracks/{a}")).status_code == 200


async def test_omitted_fields_keep_their_values(client, services, owner, add, create):
    async with services.database.transaction() as tx:
        first, second = [str(await make.bare_image(tx, owner)) for _ in range(2)]
    credited = [{"name": "Ada", "role": "producer"}]
    made = await create(await add(), label="Harbour", credits=credited, cover_image_id=first)
    path = f"releases/{made['id']}"

    changed = (await client.put(path, headers=owner.headers, json={"kind": "mix"})).json()["data"]
    assert changed == made | {"kind": "mix", "updated_at": changed["updated_at"]}

    form = {"label": None, "credits": [], "cover_image_id": second, "visibility": "unlisted"}
    changed = (await client.put(path, headers=owner.headers, json=form)).json()["data"]
    assert (changed["label"], changed["credits"]) == (None, [])
    assert f"/images/{second}?" in changed["cover_url"]
    assert (await client.get(f"images/{first}", headers=owner.headers)).status_code == 404
    assert (await client.delete(f"images/{second}", headers=owner.headers)).status_code == 409

    for release_form in ({"cover_image_id": str(new_id())}, {"cover_image_id": first}):
        refused = await client.put(path, headers=owner.headers, json=release_form)
        assert (refused.status_code, refused.json()["code"]) == (404, "image_not_found")
    posted = await client.post(
        "releases", headers=owner.headers, json={"title": "B", "cover_image_id": second}
    )
    assert posted.status_code == 409


async def test_a_deleted_release_leaves_its_tracks_and_takes_its_cover(
    client, services, owner, other, add, create, count
):
    async with services.database.transaction() as tx:
        cover = await make.bare_image(tx, owner)
    track = await add()
    made, kept = await create(track, cover_image_id=str(cover)), await create(track)
    path = f"releases/{made['id']}"
    for call in (
        client.delete(path, headers=other.headers),
        client.put(path, headers=other.headers, json={"title": "Mine"}),
        client.put(f"{path}/tracks", headers=other.headers, json={"tracks": []}),
    ):
        refused = await call
        assert (refused.status_code, refused.json()["code"]) == (403, "not_your_release")

    assert (await client.delete(path, headers=owner.headers)).status_code == 200

    assert (await client.get(path, headers=owner.headers)).status_code == 404
    assert await count("select count(*) from images where id = $1", cover) == 0
    on_it = (await client.get(f"tracks/{track}/releases")).json()["data"]["releases"]
    assert [release["id"] for release in on_it] == [kept["id"]]


async def test_a_private_release_is_its_owners_alone(client, owner, other, add, create):
    track = await add()
    private = await create(track, visibility="private")
    unlisted = await create(track, visibility="unlisted")
    for person in (None, other):
        headers = person.headers if person else {}
        for path in (f"releases/{private['id']}", f"releases/{private['id']}/tracks"):
            hidden = await client.get(path, headers=headers)
            assert (hidden.status_code, hidden.json()["code"]) == (404, "release_not_found")
        assert (await client.get(f"releases/{unlisted['id']}")).status_code == 200
        assert await _listed(client, f"users/{owner.username}/releases", person) == []
        on_it = await client.get(f"tracks/{track}/releases", headers=headers)
        assert on_it.json()["data"]["releases"] == []
    own = await _listed(client, f"users/{owner.username}/releases", owner)
    assert own == [unlisted["id"], private["id"]]


async def test_lists_are_filtered_and_paged_newest_first(client, owner, add, create):
    track, genre = await add(), f"g{new_id().hex[:20]}"
    ids = []
    for number in range(5):
        kind = "single" if number % 2 else "album"
        ids.insert(0, (await create(track, genre=genre, kind=kind))["id"])
    await create(genre=genre)  # Without tracks, it is not listed.

    assert await _listed(client, "releases", genre=genre.upper()) == ids
    assert await _listed(client, "releases", genre=genre, kind="single") == ids[1::2]
    assert await _listed(client, f"users/{owner.username}/releases") == ids
    newest = (await client.get("releases?limit=100")).json()["data"]["releases"]
    moments = [release["created_at"] for release in newest]
    assert set(ids) <= {release["id"] for release in newest}
    assert moments == sorted(moments, reverse=True)


async def test_suspended_and_blocking_owners_are_hidden(
    client, services, owner, other, add, create
):
    track, genre = await add(), f"g{new_id().hex[:20]}"
    made = await create(track, genre=genre)
    path = f"releases/{made['id']}"
    await client.post(f"users/{other.id}/block", headers=owner.headers)

    assert (await client.get(path, headers=other.headers)).status_code == 404
    assert (await client.get(f"{path}/tracks", headers=other.headers)).status_code == 404
    assert await _listed(client, "releases", other, genre=genre) == []
    on_it = await client.get(f"tracks/{track}/releases", headers=other.headers)
    assert on_it.json()["data"]["releases"] == []
    assert await _listed(client, "releases", genre=genre) == [made["id"]]

    await make.suspended(services, owner)
    assert (await client.get(path)).status_code == 404
    assert await _listed(client, "releases", genre=genre) == []


async def test_suspended_members_are_not_linked_in_credits(
    client, services, owner, other, add, create
):
    credited = [{"name": "Ada", "role": "producer", "profile": {"id": str(other.id)}}]
    made = await create(await add(), credits=credited)
    [asked] = (await client.get("users/me/credits", headers=other.headers)).json()["data"][
        "credits"
    ]
    await client.post(f"credits/{asked['id']}/confirm", headers=other.headers)
    shown = (await client.get(f"releases/{made['id']}")).json()["data"]
    assert shown["credits"][0]["profile"] == make.shown(other)
    await make.suspended(services, other)

    shown = (await client.get(f"releases/{made['id']}")).json()["data"]
    unlinked = {"name": "Ada", "role": "producer", "instrument": None, "profile": None}
    assert shown["credits"] == [unlinked]
    refused = await client.put(
        f"releases/{made['id']}", headers=owner.headers, json={"credits": credited}
    )
    assert refused.status_code == 400


async def test_members_have_a_maximum_of_releases(client, services, owner):
    async with services.database.transaction() as tx:
        await tx.run(
            "insert into releases (id, owner_id, title, kind, visibility) "
            "select gen_random_uuid(), $1, 'A', 'album', 'private' from generate_series(1, 5000)",
            owner.id,
        )
    refused = await client.post("releases", headers=owner.headers, json={"title": "B"})
    assert (refused.status_code, refused.json()["code"]) == (409, "too_many_releases")
