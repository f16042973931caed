"""Artists and credits over HTTP: who is linked, who may answer, and what is left of it."""

import asyncio

from tests import make
from tests.raw import hearing
from veza.core.ids import new_id
from veza.core.visibility import CreditState
from veza.domains.music.credits import service
from veza.domains.music.credits.models import ArtistForm, CreditedProfile
from veza.domains.music.tracks import personal_data
from veza.domains.music.tracks.models.forms import TrackChange
from veza.domains.music.tracks.service import track_changes


def naming(person, name="", join=""):
    return {"profile": {"id": str(person.id)}, "name": name, "join": join}


async def test_a_guest_is_linked_once_they_confirm(
    client, owner, other, guest, add, put, asked, reply, artists_of
):
    path = f"tracks/{await add('Ferry')}"
    assert await artists_of(path) == [(owner.username, "", str(owner.id))]
    shown = await put(
        path,
        artists=[naming(owner, "Ada", " feat. "), naming(guest, "Brian")],
        credits=[{"role": "performer", "instrument": "cello"} | naming(guest, "Brian")],
    )
    unlinked = [("Ada", " feat. ", str(owner.id)), ("Brian", "", None)]
    assert await artists_of(path) == unlinked
    assert shown["credits"][0]["profile"] is None

    as_artist = next(each for each in await asked(guest) if each["role"] == "artist")
    assert (as_artist["title"], as_artist["name"], as_artist["state"]) == (
        "Ferry",
        "Brian",
        "pending",
    )
    assert (as_artist["owner"], as_artist["profile"]) == (make.shown(owner), make.shown(guest))
    for stranger in (owner, other):
        assert await asked(stranger) == []
        for word in ("confirm", "decline"):
            refused = await reply(stranger, as_artist["id"], word, expected=404)
            assert refused["code"] == "credit_not_found"
    await reply(guest, new_id(), expected=404)
    assert await artists_of(path) == unlinked

    linked = [unlinked[0], ("Brian", "", str(guest.id))]
    for _ in range(2):
        answered = (await reply(guest, as_artist["id"]))["data"]
        assert answered["state"] == "confirmed"
        assert await artists_of(path) == linked
    [listed] = (await client.get(f"users/{owner.username}/tracks")).json()["data"]["tracks"]
    assert listed == (await client.get(path)).json()["data"]
    assert listed["credits"][0]["profile"] is None
    # An answer stays, whatever else changes, and can be changed.
    await put(path, title="Another", artists=[naming(guest, "B."), naming(owner)])
    assert await artists_of(path) == [
        ("B.", " & ", str(guest.id)),
        (owner.username, "", str(owner.id)),
    ]
    await reply(guest, as_artist["id"], "decline")
    assert (await artists_of(path))[0] == ("B.", " & ", None)
    await put(path, artists=[naming(guest, "Brian")])
    assert [each["role"] for each in await asked(guest)] == ["performer"]
    await put(path, artists=[])
    assert await artists_of(path) == [(owner.username, "", str(owner.id))]


async def test_owners_see_whom_they_named_and_can_send_it_back(
    client, owner, other, guest, add, put, asked, reply, artists_of
):
    path = f"tracks/{await add('Ferry')}"

    async def owned(where=path):
        answer = await client.get(f"{where}/credits", headers=owner.headers)
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]

    alone = {"profile": make.shown(owner), "name": owner.username, "join": ""}
    assert await owned() == {"artists": [alone | {"state": "confirmed"}], "credits": []}
    producer = {"role": "producer", "name": "Cat", "profile": None}
    await put(path, artists=[naming(owner, "Ada", " & "), naming(guest, "B.")], credits=[producer])

    named = await owned()

    assert [(each["name"], each["state"]) for each in named["artists"]] == [
        ("Ada", "confirmed"),
        ("B.", "pending"),
    ]
    assert named["artists"][1]["profile"] == make.shown(guest)
    assert named["credits"] == [producer | {"instrument": None, "state": None}]
    # Nothing is lost with what is sent back: neither the question nor the answer.
    before = await asked(guest)
    await put(path, **named)
    assert await asked(guest) == before
    await reply(guest, before[0]["id"])
    await put(path, **await owned())
    assert (await artists_of(path))[1] == ("B.", "", str(guest.id))
    await put(path, artists=[{"name": "The Ferrymen"}])
    assert [each["state"] for each in (await owned())["artists"]] == [None]
    for person, code in ((other, "not_your_track"), (guest, "not_your_track")):
        answer = await client.get(f"{path}/credits", headers=person.headers)
        assert answer.json()["code"] == code
    form = {"title": "Split", "artists": [naming(guest)]}
    made = (await client.post("releases", headers=owner.headers, json=form)).json()["data"]
    [artist] = (await owned(f"releases/{made['id']}"))["artists"]
    assert (artist["profile"], artist["state"]) == (make.shown(guest), "pending")


async def test_who_sees_nothing_of_an_item_is_not_asked(guest, add, put, asked, reply):
    path = f"tracks/{await add(visibility='private')}"
    await put(path, artists=[naming(guest)])
    assert await asked(guest) == []
    await put(path, visibility="public")
    [credit] = await asked(guest)
    await put(path, visibility="private")
    await reply(guest, credit["id"], expected=404)


async def test_releases_have_artists_as_tracks_have(
    client, owner, guest, add, put, asked, reply, artists_of
):
    form = {
        "title": "Split",
        "visibility": "public",
        "artists": [naming(owner, "Ada", " vs. "), naming(guest, "Brian")],
        "tracks": [{"track_id": str(await add())}],
    }
    made = (await client.post("releases", headers=owner.headers, json=form)).json()["data"]
    path = f"releases/{made['id']}"
    assert made["artist_name"] == "Ada vs. Brian"
    await reply(guest, (await asked(guest))[0]["id"])
    assert await artists_of(path) == [
        ("Ada", " vs. ", str(owner.id)),
        ("Brian", "", str(guest.id)),
    ]
    # The line of the artists sent back changes nothing; another one is a single artist.
    shown = await put(path, artist_name="Ada vs. Brian", kind="ep")
    assert len(shown["artists"]) == 2
    [listed] = (await client.get(f"users/{owner.username}/releases")).json()["data"]["releases"]
    assert listed["artists"] == shown["artists"]
    shown = await put(path, artist_name="The Ferrymen")
    assert shown["artists"] == [{"profile": None, "name": "The Ferrymen", "join": ""}]
    shown = await put(path, artist_name=None)
    assert shown["artists"] == [{"profile": make.shown(owner), "name": owner.username, "join": ""}]


async def test_a_block_ends_what_both_say_of_each_other(
    services, owner, guest, add, put, asked, reply, artists_of
):
    path, other_path = [f"tracks/{await add()}" for _ in range(2)]
    for each in (path, other_path):
        await put(each, artists=[naming(guest, "Brian")])
    await reply(guest, (await asked(guest))[0]["id"])
    await make.blocks(services, guest, owner)

    assert await artists_of(path) == await artists_of(other_path) == [("Brian", "", None)]
    assert await asked(guest) == []
    # They are still named, but can't be linked.
    refused = await put(path, expected=400, artists=[naming(guest, "Brian")])
    assert refused["details"][0]["field"] == "artists.0.profile.id"


async def test_suspended_and_erased_profiles_are_not_linked(
    services, owner, guest, add, put, asked, reply, artists_of
):
    path = f"tracks/{await add()}"
    await put(path, artists=[naming(guest, "Brian")])
    await reply(guest, (await asked(guest))[0]["id"])
    await make.suspended(services, guest)
    assert await artists_of(path) == [("Brian", "", None)]
    await make.unsuspended(services, guest)
    assert await artists_of(path) == [("Brian", "", str(guest.id))]

    async with services.database.transaction() as tx:
        await personal_data.erase(tx, guest.id)
    assert await artists_of(path) == [("[unknown]", "", None)]
    sql = "select artist_name from tracks where id::text = $1"
    async with services.database.read() as conn:
        assert await conn.value(str, sql, path.removeprefix("tracks/")) == "[unknown]"


async def test_nobody_is_flooded_with_credits(services, owner, guest, add, put, asked):
    credited = [{"role": role} | naming(guest) for role in ("producer", "composer", "lyricist")]
    async with services.database.transaction() as tx:
        for number in range(18):
            track_id = await make.bare_track(tx, owner.member, f"A {number}")
            change = TrackChange(artists=[ArtistForm("", CreditedProfile(guest.id))])
            await track_changes.update_track(tx, track_id, owner.member, change, make.NO_LINKS)
    path = f"tracks/{await add()}"
    await put(path, credits=credited[:2])
    # The same again asks for nothing new.
    await put(path, credits=credited[:2])
    refused = await put(path, expected=409, credits=credited)
    assert refused["code"] == "too_many_pending_credits"
    assert len(await asked(guest)) == 20


async def test_an_answer_meets_a_change_of_the_item(services, owner, guest, add, asked, put):
    track_id = await add()
    artists = [naming(guest, "Brian")]
    await put(f"tracks/{track_id}", artists=artists)
    [credit] = await asked(guest)

    async def answer(state):
        async with services.database.transaction() as tx:
            await service.answer(tx, credit["id"], guest.member, state)

    async def change(number):
        await put(f"tracks/{track_id}", artists=artists, title=f"Title {number}")

    for _ in range(5):
        states = [CreditState.CONFIRMED, CreditState.DECLINED] * 2
        await asyncio.gather(*map(answer, states), *map(change, range(4)))
    await answer(CreditState.CONFIRMED)
    [answered] = await asked(guest, "confirmed")
    assert answered["id"] == credit["id"]
    assert await asked(guest) == await asked(guest, "declined") == []


async def test_the_flag_and_the_line_agree_with_the_rows(owner, add, put, count):
    track_id = await add()
    path = f"tracks/{track_id}"
    wrong = """
        select count(*)
          from tracks t
         where t.id = $1
           and (t.has_credits <> exists (select from track_credits c where c.track_id = t.id)
                or t.artist_name is distinct from $2)
    """
    for fields, line in (
        ({"artists": [{"name": "The Ferrymen"}]}, "The Ferrymen"),
        ({"credits": [{"name": "Ada", "role": "producer"}]}, "The Ferrymen"),
        ({"artists": [{"name": "A", "join": "feat."}, {"name": "B"}]}, "A feat. B"),
        ({"credits": []}, "A feat. B"),
        ({"artists": [naming(owner)]}, None),
    ):
        await put(path, **fields)
        assert await count(wrong, track_id, line) == 0, fields


async def test_a_profile_has_what_it_appears_on_and_contributed_to(
    client, services, owner, other, guest, add, put, asked, reply
):
    ids = [await add(f"Track {number}") for number in range(3)]
    hidden = await add("Hidden", visibility="unlisted")
    for track_id in (*ids, hidden):
        credited = [{"role": "performer", "instrument": "cello"} | naming(guest, "G.")]
        await put(f"tracks/{track_id}", artists=[naming(owner), naming(guest, "G.")])
        await put(f"tracks/{track_id}", credits=credited)
    form = {"title": "Split", "visibility": "public", "artists": [naming(guest, "G.")]}
    form["tracks"] = [{"track_id": str(ids[0])}]
    made = (await client.post("releases", headers=owner.headers, json=form)).json()["data"]
    paths = [f"profiles/{guest.id}/{part}" for part in ("appearances", "credits")]

    async def read(path, person=None, **params):
        headers = person.headers if person else {}
        statements.clear()
        answer = await client.get(path, params=params, headers=headers)
        assert answer.status_code == 200, answer.text
        # The driver reports a statement after its answer, and others than those of this request.
        await asyncio.sleep(0)
        statements[:] = [each for each in statements if "audit_" not in each[0]]
        return answer.json()["data"]

    async with hearing(services, "select") as statements:
        assert (await read(paths[0]))["appearances"] == (await read(paths[1]))["credits"] == []
        for each in await asked(guest):
            await reply(guest, each["id"])
        pages = [await read(paths[0], limit=2)]
        assert len(statements) == 2, statements
        pages.append(await read(paths[0], limit=2, cursor=pages[0]["next_cursor"]))
        credited = (await read(paths[1], limit=100))["credits"]
        assert len(statements) == 2, statements
        [split] = (await read(paths[0], type="release"))["appearances"]
        assert len(statements) == 2, statements
    listed = [each for page in pages for each in page["appearances"]]
    assert [each["track"]["id"] for each in listed] == [str(each) for each in reversed(ids)]
    assert listed[0]["track"] == (await client.get(f"tracks/{ids[-1]}")).json()["data"]
    assert {(each["name"], each["release"]) for each in listed} == {("G.", None)}
    assert [page["has_more"] for page in pages] == [True, False]
    assert [(each["role"], each["instrument"]) for each in credited] == [("performer", "cello")] * 3
    assert (split["release"]["id"], split["track"]) == (made["id"], None)

    # What is one's own is in other lists; nobody sees anything across a block.
    assert (await read(f"profiles/{owner.id}/appearances"))["appearances"] == []
    await make.blocks(services, other, owner)
    assert (await read(paths[0], other))["appearances"] == []
    await make.blocks(services, guest, other)
    assert (await client.get(paths[0], headers=other.headers)).status_code == 404
    assert (await client.get(f"profiles/{new_id()}/credits")).status_code == 404


async def test_a_track_is_found_by_all_who_are_named_on_it(client, owner, add, put):
    word, other_word = [f"w{new_id().hex[-12:]}" for _ in range(2)]
    path = f"tracks/{await add('Ferry')}"

    async def found(text):
        answer = await client.get("tracks/search", params={"q": text})
        return [each["title"] for each in answer.json()["data"]["tracks"]]

    artists = [naming(owner), {"name": f"The {word}"}]
    await put(path, artists=artists, credits=[{"role": "dj", "name": f"Ada {other_word}"}])
    assert await found(word) == await found(other_word) == await found(owner.username) == ["Ferry"]
    await put(path, artists=[], credits=[])
    assert await found(word) == await found(other_word) == []


async def test_what_the_former_version_writes_is_read(client, services, owner, guest, asked):
    form = {"title": "Ferry", "visibility": "unlisted"}
    made = (await client.post("releases", headers=owner.headers, json=form)).json()["data"]
    sql = """
        insert into release_credits (release_id, position, name, role, user_id)
             values ($1, 0, 'Ada', 'Vocals', $2), ($1, 1, 'Brian', 'Producer', $3)
    """
    async with services.database.transaction() as tx:
        await tx.run(sql, made["id"], owner.id, guest.id)

    shown = (await client.get(f"releases/{made['id']}")).json()["data"]
    assert shown["credits"] == [
        {
            "profile": make.shown(owner),
            "name": "Ada",
            "role": "other",
            "instrument": "Vocals",
        },
        {"profile": None, "name": "Brian", "role": "producer", "instrument": None},
    ]
    assert [each["name"] for each in await asked(guest)] == ["Brian"]
