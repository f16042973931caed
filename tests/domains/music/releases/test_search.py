"""Releases in the search for everything, and in reports."""

from datetime import UTC, datetime, timedelta

from tests import make
from veza.core.ids import new_id
from veza.domains.music.releases.jobs import refresh_search
from veza.domains.music.releases.service.search import index_batch


async def _found(client, text, person=None):
    headers = person.headers if person else {}
    params = {"q": text, "types": "releases", "limit": 20}
    answer = await client.get("search", params=params, headers=headers)
    assert answer.status_code == 200, answer.text
    return [release["id"] for release in answer.json()["data"]["releases"]]


async def test_a_release_is_found_by_title_artist_genre_and_tags(client, owner, add, create):
    word = f"z{new_id().hex[-12:]}"
    track = await add()
    titled = await create(track, title=f"The {word} ferry", artist_name="Édith Nowhere")
    tagged = await create(track, title="Other", tags=[word], genre=f"{word}core")

    assert await _found(client, word) == [titled["id"], tagged["id"]]
    assert await _found(client, f"edith {word}") == [titled["id"]]
    assert await _found(client, f"{word}core") == [tagged["id"]]
    assert await _found(client, f"{owner.username} {word}") == [tagged["id"]]


async def test_what_is_not_public_is_not_found(client, services, owner, other, add, create):
    word = f"z{new_id().hex[-12:]}"
    track = await add()
    later = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    await create(track, title=f"{word} private", visibility="private")
    await create(track, title=f"{word} unlisted", visibility="unlisted")
    await create(track, title=f"{word} scheduled", publish_at=later)
    await create(title=f"{word} empty")
    made = await create(track, title=f"{word} public")
    path = f"releases/{made['id']}"
    assert await _found(client, word, owner) == [made["id"]]

    await client.put(path, headers=owner.headers, json={"title": "Renamed"})
    assert await _found(client, word) == []
    await client.put(path, headers=owner.headers, json={"title": word})
    await make.blocks(services, owner, other)
    assert await _found(client, word, other) == []
    await client.put(f"{path}/tracks", headers=owner.headers, json={"tracks": []})
    assert await _found(client, word) == []
    form = {"tracks": [{"track_id": str(track)}]}
    await client.put(f"{path}/tracks", headers=owner.headers, json=form)
    assert await _found(client, word) == [made["id"]]
    await client.put(path, headers=owner.headers, json={"visibility": "private"})
    assert await _found(client, word) == []


async def test_plays_of_the_tracks_decide_what_comes_first(client, services, owner, add, create):
    word = f"z{new_id().hex[-12:]}"
    played, quiet = await add(), await add()
    first, second = await create(played, title=word), await create(quiet, title=word)
    assert await _found(client, word) == [second["id"], first["id"]]
    async with services.database.transaction() as tx:
        await tx.run("update tracks set plays_count = 500 where id = $1", played)

    await refresh_search(services.database)

    assert await _found(client, word) == [first["id"], second["id"]]


async def test_the_index_is_built_again_in_batches(client, services, owner, add, create):
    word = f"z{new_id().hex[-12:]}"
    made = await create(await add(), title=word)
    async with services.database.transaction() as tx:
        await tx.run("delete from release_search where id = $1", made["id"])
        indexed = await index_batch(tx, owner.id, None)
        assert await index_batch(tx, owner.id, indexed[-1]) == []
    assert await _found(client, word) == [made["id"]]


async def test_a_release_is_reported_with_its_content(client, owner, other, moderator, add, create):
    made = await create(await add(), title="Stolen songs")
    private = await create(visibility="private")
    form = {"content_type": "release", "content_id": made["id"], "reason": "Not theirs."}
    answer = await client.post("reports", headers=other.headers, json=form)
    assert answer.status_code == 201, answer.text
    report_id = answer.json()["data"]["id"]
    shown = await client.get(f"admin/reports/{report_id}", headers=moderator.headers)
    assert "Stolen songs" in shown.text

    hidden = await client.post(
        "reports", headers=other.headers, json=form | {"content_id": private["id"]}
    )
    assert hidden.status_code == 404
