"""Tracks over HTTP: visibility, changes and refusals."""

from itertools import product

import pytest

from tests import make
from tests.domains.music.tracks.tracks_steps import STATES, publish
from veza.core.access import Role
from veza.core.visibility import TrackStatus, Visibility

NUL = "no\x00thing"
NOBODYS = "0198c0de-0000-7000-8000-000000000000"


@pytest.mark.parametrize(("visibility", "status"), list(product(Visibility, TrackStatus)))
async def test_a_hidden_track_answers_like_a_missing_one(
    client, owner, other, moderator, add, visibility, status
):
    track_id = await add(visibility=visibility, **STATES[status])
    is_open = visibility is not Visibility.PRIVATE and status is TrackStatus.READY

    for viewer in (owner, other, moderator, None):
        headers = viewer.headers if viewer else {}
        expected = 200 if is_open or viewer is owner else 404
        for path in (f"tracks/{track_id}", f"tracks/{track_id}/comments"):
            answer = await client.get(path, headers=headers)
            assert answer.status_code == expected, (path, viewer)
            if expected == 404:
                assert answer.json()["code"] == "track_not_found"


@pytest.mark.parametrize(("visibility", "status"), list(product(Visibility, TrackStatus)))
async def test_a_hidden_track_can_not_be_changed(client, other, add, count, visibility, status):
    track_id = await add(visibility=visibility, **STATES[status])
    is_open = visibility is not Visibility.PRIVATE and status is TrackStatus.READY
    path = f"tracks/{track_id}"

    async def status_of(method, path, **options):
        answer = await client.request(method, path, headers=other.headers, **options)
        return answer.status_code

    assert await status_of("POST", f"{path}/like") == (200 if is_open else 404)
    assert await status_of("DELETE", f"{path}/like") == (200 if is_open else 404)
    comment = {"content": "So good"}
    assert await status_of("POST", f"{path}/comments", json=comment) == (201 if is_open else 404)
    play = {"listened_seconds": 30}
    assert await status_of("POST", f"{path}/plays", json=play) == (200 if is_open else 404)
    # Another's track that one sees is forbidden ground; one that one doesn't see isn't there.
    assert await status_of("PUT", path, json={"title": "Mine"}) == (403 if is_open else 404)
    assert await status_of("DELETE", path) == (403 if is_open else 404)
    assert await count("select count(*) from tracks where id = $1", track_id) == 1


async def test_the_owner_reads_why_a_track_failed(client, owner, add):
    track_id = await add(**STATES["failed"])

    shown = (await client.get(f"tracks/{track_id}", headers=owner.headers)).json()["data"]

    assert shown["status"] == "failed"
    assert shown["failure_reason"] == "The file breaks off after 3 seconds."
    assert shown["stream_url"] is None


async def test_a_track_has_all_fields_of_the_contract(client, owner, other, add):
    track_id = await add("Night Ferry", genre="ambient", tags=["tape"], loudness_lufs=-14.5)

    shown = (await client.get(f"tracks/{track_id}")).json()["data"]
    signed_in = (await client.get(f"tracks/{track_id}", headers=other.headers)).json()["data"]

    assert signed_in.pop("liked") is False
    assert signed_in == shown
    assert shown["created_at"].endswith("Z")
    assert shown["artist"] == make.shown(owner)
    names = "status failure_reason duration_seconds format bitrate sample_rate channels"
    more = "loudness_lufs true_peak_dbtp genre tags visibility downloadable"
    counts_and_urls = "likes_count comments_count plays_count stream_url hls_url waveform_url"
    wanted = {"id", "title", "cover_url", *names.split(), *more.split(), *counts_and_urls.split()}
    assert wanted <= shown.keys()
    assert shown["duration_seconds"] == 180


async def test_a_signed_in_viewer_sees_whether_they_like_the_track(client, owner, other, add):
    track_id = await add()
    await client.post(f"tracks/{track_id}/like", headers=other.headers)

    assert (await client.get(f"tracks/{track_id}", headers=other.headers)).json()["data"]["liked"]
    mine = (await client.get(f"tracks/{track_id}", headers=owner.headers)).json()["data"]
    assert mine["liked"] is False
    assert "liked" not in (await client.get(f"tracks/{track_id}")).json()["data"]


async def test_a_change_leaves_the_rest_as_it_is(client, services, owner):
    said = {"title": "Night Ferry", "description": "At sea.", "genre": "ambient", "tags": ["tape"]}
    track_id = await publish(services, owner, **said)

    answer = await client.put(
        f"tracks/{track_id}",
        headers=owner.headers,
        json={"title": "  Day\n Ferry ", "visibility": "unlisted"},
    )

    assert answer.status_code == 200, answer.text
    shown = answer.json()["data"]
    assert shown["title"] == "Day Ferry"
    assert shown["visibility"] == "unlisted"
    assert (shown["description"], shown["genre"], shown["tags"]) == ("At sea.", "ambient", ["tape"])
    assert (await client.get(f"tracks/{track_id}", headers=owner.headers)).json()["data"][
        "title"
    ] == "Day Ferry"


async def test_null_clears_a_genre_and_an_empty_list_the_tags(client, services, owner):
    track_id = await publish(services, owner, title="Dub", genre="dub", tags=["echo"])

    answer = await client.put(
        f"tracks/{track_id}", headers=owner.headers, json={"genre": None, "tags": []}
    )

    assert answer.json()["data"]["genre"] is None
    assert answer.json()["data"]["tags"] == []
    assert answer.json()["data"]["title"] == "Dub"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": " \n\t "}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"title": None}, "title"),
        ({"title": 7}, "title"),
        ({"description": "x" * 5001}, "description"),
        ({"tags": "tape, drone"}, "tags"),
        ({"tags": [7]}, "tags[0]"),
        ({"tags": [""]}, "tags[0]"),
        ({"tags": [str(n) for n in range(21)]}, "tags"),
        ({"visibility": "secret"}, "visibility"),
        ({"downloadable": "yes"}, "downloadable"),
    ],
)
async def test_a_wrong_change_is_refused_by_its_field(client, owner, add, change, field):
    track_id = await add("As it was")

    answer = await client.put(f"tracks/{track_id}", headers=owner.headers, json=change)

    assert answer.status_code == 400
    assert [fault["field"] for fault in answer.json()["details"]] == [field]
    assert (await client.get(f"tracks/{track_id}")).json()["data"]["title"] == "As it was"


@pytest.mark.parametrize("change", [{"title": NUL}, {"genre": NUL}, {"tags": [NUL]}])
async def test_text_that_the_database_can_not_hold_is_refused(client, owner, add, change):
    track_id = await add()

    answer = await client.put(f"tracks/{track_id}", headers=owner.headers, json=change)

    assert answer.status_code == 400, answer.text


@pytest.mark.parametrize("path", ["tracks?genre=%00", "tracks?format=%00", "tracks/search?q=a%00b"])
async def test_a_nul_in_the_query_is_no_crash(client, path):
    assert (await client.get(path)).status_code in {200, 400}


@pytest.mark.parametrize("path", ["tracks/7", "tracks/not-a-uuid", f"tracks/{NOBODYS}"])
async def test_an_unknown_track_is_not_there(client, path):
    assert (await client.get(path)).status_code == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", ""),
        ("DELETE", ""),
        ("POST", "/like"),
        ("DELETE", "/like"),
        ("POST", "/comments"),
        ("DELETE", f"/comments/{NOBODYS}"),
    ],
)
async def test_changes_need_a_token(client, add, method, path):
    track_id = await add()
    body = {} if method == "DELETE" or path == "/like" else {"json": {"content": "x"}}

    answer = await client.request(method, f"tracks/{track_id}{path}", **body)

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_a_moderator_may_not_change_a_track_of_another(client, moderator, add):
    track_id = await add()

    answer = await client.put(
        f"tracks/{track_id}", headers=moderator.headers, json={"title": "Moderated"}
    )

    assert answer.status_code == 403
    assert answer.json()["code"] == "not_your_track"


async def test_deleting_a_track_deletes_its_likes_comments_and_plays(
    client, services, owner, other, count
):
    track_id = await publish(services, owner, title="Gone soon")
    path = f"tracks/{track_id}"
    await client.post(f"{path}/like", headers=other.headers)
    await client.post(f"{path}/comments", headers=other.headers, json={"content": "Stay!"})
    await client.post(f"{path}/plays", headers=other.headers, json={"listened_seconds": 60})

    answer = await client.delete(path, headers=owner.headers)

    assert answer.status_code == 200
    assert answer.json()["data"] == {"id": str(track_id)}
    assert (await client.get(path, headers=owner.headers)).status_code == 404
    assert (await client.delete(path, headers=owner.headers)).status_code == 404
    for table in ("track_likes", "track_comments", "track_plays"):
        sql = f"select count(*) from {table} where track_id = $1"
        assert await count(sql, track_id) == 0, table


async def test_the_urls_of_a_private_track_are_signed_and_of_a_public_one_plain(
    client, services, owner
):
    public = await publish(services, owner, title="Open")
    private = await publish(services, owner, title="Closed", visibility=Visibility.PRIVATE)

    open_one = (await client.get(f"tracks/{public}", headers=owner.headers)).json()["data"]
    closed = (await client.get(f"tracks/{private}", headers=owner.headers)).json()["data"]

    for name in ("stream_url", "hls_url", "waveform_url"):
        assert "signature=" in closed[name]
        assert "?" not in open_one[name]
        assert open_one[name].startswith(f"http://veza.test/api/v1/tracks/{public}/")


async def test_a_deleted_account_can_not_like(client, services, add):
    ghost = await make.person(services, Role.USER)
    async with services.database.transaction() as tx:
        await tx.run("delete from users where id = $1", ghost.id)
    track_id = await add()

    answer = await client.post(f"tracks/{track_id}/like", headers=ghost.headers)

    assert answer.status_code in {401, 403, 404}, answer.text


@pytest.mark.parametrize("seconds", ["30", True, None, [30], {}])
async def test_a_field_of_the_wrong_type_is_refused(client, add, seconds):
    """JSON is decoded strictly."""
    track_id = await add()

    answer = await client.post(f"tracks/{track_id}/plays", json={"listened_seconds": seconds})

    assert answer.status_code == 400
    assert [fault["field"] for fault in answer.json()["details"]] == ["listened_seconds"]
