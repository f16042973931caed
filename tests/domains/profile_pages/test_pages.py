"""Fields that only the page of a profile has, by viewer."""

import struct

import pytest

from tests import make
from veza.core.ids import new_id
from veza.core.visibility import Visibility
from veza.domains.profile_pages import rules
from veza.domains.profile_pages.models import RING_PEAKS

PARTS = ("releases", "tracks", "products", "posts", "playlists")
LOUDEST = 65535
# 1,000 peaks that rise from silence.
RISING = struct.pack("<1000H", *(n * LOUDEST // 999 for n in range(1000)))
FALLING = struct.pack("<1000H", *(n * LOUDEST // 999 for n in reversed(range(1000))))


@pytest.fixture
def page(client, ann):
    """Return the page of a profile as somebody sees it: `await page(of=ann, by=bob)`."""

    async def get(of=ann, by=None):
        answer = await client.get(f"profiles/{of.id}", headers=by.headers if by else {})
        assert answer.status_code == 200, answer.text
        by_handle = f"profiles/by-handle/{of.username}"
        again = await client.get(by_handle, headers=by.headers if by else {})
        assert again.json()["data"] == answer.json()["data"]
        return answer.json()["data"]

    return get


async def _publish(services, owner, peaks=None, **columns):
    async with services.database.transaction() as tx:
        track_id = await make.bare_track(tx, owner.member, "A track", **columns)
        sql = """
            insert into track_media (track_id, filename, original_kind, original_size,
                                     original_hash, held_bytes, peaks)
                 values ($1, 'a.flac', 'flac', 1, '', 0, $2)
        """
        await tx.run(sql, track_id, peaks)
        return track_id


async def _rename(client, person, name):
    path = f"profiles/{person.id}"
    answer = await client.put(path, headers=person.headers, json={"display_name": name})
    assert answer.status_code == 200, answer.text


async def test_a_profile_without_a_picture_has_a_ring_of_its_first_track(services, ann, page):
    assert (await page())["ring"] is None
    await _publish(services, ann, FALLING, visibility="private")
    await _publish(services, ann)
    assert (await page())["ring"] is None
    await _publish(services, ann, RISING)
    await _publish(services, ann, FALLING)

    ring = (await page())["ring"]

    assert len(ring) == RING_PEAKS
    assert (ring, ring[-1]) == (sorted(ring), 1.0)
    # The loudest of the first 13 of 1,000.
    assert ring[0] == round(12 / 999, 4)


async def test_a_picture_takes_the_place_of_the_ring(services, ann, page):
    await _publish(services, ann, RISING)
    async with services.database.transaction() as tx:
        image = await make.bare_image(tx, ann.member)
        await tx.run("update profiles set avatar_id = $2 where id = $1", ann.id, image)
    assert (await page())["ring"] is None


async def test_contents_are_what_the_viewer_finds(services, ann, bob, page):
    async with services.database.transaction() as tx:
        tracks = [
            await make.bare_track(tx, ann.member, title, visibility=title)
            for title in ("public", "unlisted", "private")
        ]
        for visibility in Visibility:
            await make.release(tx, ann.member, "One", tracks[0], visibility=visibility)
            await make.playlist(tx, ann.member, "Two", tracks[0], visibility)
        await make.product(tx, ann.member)
        await make.product(tx, ann.member, status="draft", published_at=None)
        await make.post(tx, ann.member)

    for viewer in (None, bob):
        numbers = (await page(by=viewer))["contents"]
        # The release credits its owner as the producer.
        assert numbers == dict.fromkeys(PARTS, 1) | {"shows": 0, "appearances": 0, "credits": 1}
    own = (await page(by=ann))["contents"]
    assert (own["releases"], own["tracks"], own["playlists"]) == (3, 3, 1)


async def test_confirmed_credits_on_what_is_public_are_counted(services, client, ann, bob, page):
    async with services.database.transaction() as tx:
        credit, _ = [
            await make.credit(tx, bob.member, ann.member, title) for title in ("One", "Two")
        ]
        await make.release(tx, ann.member, "Hers", visibility=Visibility.PRIVATE)
    assert (await page())["contents"]["appearances"] == 0
    answer = await client.post(f"credits/{credit}/confirm", headers=ann.headers)
    track_id = answer.json()["data"]["track_id"]

    contents = (await page())["contents"]

    assert (contents["appearances"], contents["credits"]) == (1, 0)
    change = {"visibility": "unlisted"}
    await client.put(f"tracks/{track_id}", headers=bob.headers, json=change)
    assert (await page())["contents"]["appearances"] == 0


async def test_a_pinned_release_is_shown_while_it_is_shared(services, client, ann, bob, page):
    async with services.database.transaction() as tx:
        mine, hidden = [
            await make.release(tx, ann.member, "Mine", visibility=each)
            for each in (Visibility.UNLISTED, Visibility.PRIVATE)
        ]
        other = await make.release(tx, bob.member, "Theirs", visibility=Visibility.PUBLIC)

    async def pin(release_id):
        form = {"pinned_release_id": None if release_id is None else str(release_id)}
        return await client.put(f"profiles/{ann.id}", headers=ann.headers, json=form)

    for release_id, shown in [(mine, str(mine)), (hidden, None)]:
        answer = await pin(release_id)
        assert answer.json()["data"]["pinned_release_id"] == str(release_id)
        assert (await page())["pinned_release_id"] == (await page(by=bob))["pinned_release_id"]
        assert (await page())["pinned_release_id"] == shown
        assert (await page(by=ann))["pinned_release_id"] == str(release_id)
    for wrong in (other, new_id()):
        answer = await pin(wrong)
        assert (answer.status_code, answer.json()["code"]) == (404, "pinned_release_not_found")
    assert (await page(by=ann))["pinned_release_id"] == str(hidden)
    await client.delete(f"releases/{hidden}", headers=ann.headers)
    assert (await page(by=ann))["pinned_release_id"] is None
    await pin(mine)
    assert (await pin(None)).json()["data"]["pinned_release_id"] is None


async def test_the_viewer_is_told_which_followers_they_know(services, ann, bob, page):
    friends = [await make.person(services) for _ in range(5)]
    stranger = await make.person(services)
    for each in (*friends, stranger):
        await make.follows(services, each, ann)
    await make.follows(services, bob, *friends)
    # Of those whom Bob follows, one is suspended, and one blocks him in the meantime.
    await make.suspended(services, friends[4])
    async with services.database.transaction() as tx:
        sql = "insert into blocks (blocker_id, blocked_id) values ($1, $2)"
        await tx.run(sql, friends[3].id, bob.id)

    known = (await page(by=bob))["known_followers"]

    assert known["count"] == 3
    expected = sorted((make.shown(each) for each in friends[:3]), key=str)
    assert sorted(known["members"], key=str) == expected
    for viewer in (None, ann, stranger):
        assert (await page(by=viewer))["known_followers"] == {"members": [], "count": 0}


@pytest.mark.parametrize("imitate", [str, str.upper, lambda name: name.replace("o", "\u043e")])
async def test_an_imitation_of_somebody_followed_is_flagged_to_the_follower(
    services, client, ann, bob, page, imitate
):
    name = f"Nora {new_id().hex[-12:]}"
    nora = await make.person(services)
    await _rename(client, nora, name)
    await _rename(client, ann, imitate(name))
    for viewer in (None, bob, ann):
        assert (await page(by=viewer))["looks_like"] is None

    await make.follows(services, bob, nora)

    found = (await page(by=bob))["looks_like"]
    assert (found["id"], found["display_name"]) == (str(nora.id), name)
    assert (await page())["looks_like"] is None
    # Who follows both knows both.
    await make.follows(services, bob, ann)
    assert (await page(by=bob))["looks_like"] is None


async def test_a_verified_profile_is_no_imitation(services, client, admin, ann, bob, page):
    name = f"Nora {new_id().hex[-12:]}"
    nora = await make.person(services)
    for each in (nora, ann):
        await _rename(client, each, name)
    await make.follows(services, bob, nora)
    await client.post(f"admin/profiles/{ann.id}/verify", headers=admin.headers)
    assert (await page(by=bob))["looks_like"] is None


async def test_pages_of_those_who_block_the_caller_are_not_found(services, client, ann, bob):
    await make.blocks(services, ann, bob)
    for path in (f"profiles/{ann.id}", f"profiles/by-handle/{ann.username}"):
        answer = await client.get(path, headers=bob.headers)
        assert (answer.status_code, answer.json()["code"]) == (404, "profile_not_found")


def test_each_peak_is_in_one_bar_of_the_ring():
    for place in range(1000):
        heights = [0] * 1000
        heights[place] = LOUDEST
        ring = rules.draw_ring(struct.pack("<1000H", *heights))
        assert sorted(ring) == [0.0] * (RING_PEAKS - 1) + [1.0]
        assert ring.index(1.0) in {place * RING_PEAKS // 1000, (place + 1) * RING_PEAKS // 1000}
