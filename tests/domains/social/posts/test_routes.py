"""Posts over HTTP: publishing, visibility, likes and deletion."""

from uuid import uuid4

import pytest

from tests import make
from tests.domains.music.tracks.tracks_steps import STATES
from tests.domains.social.posts.routes_steps import like, read, show, texts
from veza.core.access import Role, Scope


async def add_track(services, owner, **columns):
    async with services.database.transaction() as tx:
        return str(await make.bare_track(tx, owner.member, "Night Ferry", **columns))


async def announced(count, name, post):
    sql = "select count(*)::integer from outbox where name = $1 and payload->>'post_id' = $2"
    return await count(sql, name, post["id"])


async def test_a_post_has_an_author_and_content(client, publish, author, count):
    post = await publish(" Out now, with @Ana! ")

    assert post["author"] == make.shown(author)
    assert post["content"] == "Out now, with @Ana!"
    assert (post["track"], post["images"]) == (None, [])
    assert (post["likes_count"], post["comments_count"], post["liked"]) == (0, 0, False)
    assert (await show(client, post, author)).json()["data"] == post
    unsigned = (await show(client, post)).json()["data"]
    assert unsigned == {name: value for name, value in post.items() if name != "liked"}
    assert await announced(count, "PostPublished", post) == 1


async def test_mentions_are_announced(publish, services):
    post = await publish("Hi @Ana, hi @BO_2, hi @Ana")

    sql = "select payload->'mentions' as names from outbox where payload->>'post_id' = $1"
    async with services.database.read() as conn:
        assert await conn.value(list[str], sql, post["id"]) == ["ana", "bo_2"]


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"content": ""}, "content"),
        ({"content": " \n "}, "content"),
        ({"content": "x" * 5001}, "content"),
        ({"content": None}, "content"),
        ({"track_id": "none"}, "track_id"),
        ({"image_ids": ["00000000-0000-0000-0000-00000000000" + n for n in "12345"]}, "image_ids"),
        ({"image_ids": "all"}, "image_ids"),
    ],
)
async def test_a_wrong_post_is_refused_by_its_field(client, author, form, field):
    form = {"content": "Words"} | form
    answer = await client.post("social/posts", headers=author.headers, json=form)

    assert answer.status_code == 400, answer.text
    assert answer.json()["details"][0]["field"] == field


@pytest.mark.parametrize("form", [{"album_id": None}, {"pinned": True}])
async def test_a_post_with_unknown_fields_is_refused(client, author, form):
    form = {"content": "Words"} | form
    answer = await client.post("social/posts", headers=author.headers, json=form)

    assert answer.status_code == 400, answer.text


@pytest.mark.parametrize("content", ["no\x00thing", "🌊" * 5000, "<script>alert(1)</script>"])
async def test_content_is_stored_as_written_or_refused(client, author, content):
    answer = await client.post("social/posts", headers=author.headers, json={"content": content})

    if "\x00" in content:
        assert answer.status_code == 400
    else:
        assert answer.json()["data"]["content"] == content


async def test_a_post_can_show_anybody_s_public_track(client, services, publish, author, reader):
    track_id = await add_track(services, author, cover_palette=[250, 100, 60, 120])

    post = await publish("Listen", by=reader, track_id=track_id)

    track = post["track"]
    assert (track["id"], track["title"]) == (track_id, "Night Ferry")
    assert track["artist"] == make.shown(author)
    whole = (await client.get(f"tracks/{track_id}")).json()["data"]
    assert track == {name: whole[name] for name in track}
    assert (await read(client, f"users/{reader.username}/posts"))["posts"][0]["track"] == track


@pytest.mark.parametrize("visibility", ["unlisted", "private"])
async def test_a_track_that_isn_t_public_can_t_be_shown(
    client, services, author, reader, visibility
):
    track_id = await add_track(services, author, visibility=visibility)
    form = {"content": "Listen", "track_id": track_id}

    own = await client.post("social/posts", headers=author.headers, json=form)
    other = await client.post("social/posts", headers=reader.headers, json=form)

    assert (own.status_code, own.json()["code"]) == (409, "track_not_public")
    assert (other.status_code, other.json()["code"]) == (404, "track_not_found")


@pytest.mark.parametrize("state", ["processing", "failed"])
async def test_a_track_that_isn_t_ready_can_t_be_shown(client, services, author, reader, state):
    track_id = await add_track(services, author, **STATES[state])
    form = {"content": "Listen", "track_id": track_id}

    own = await client.post("social/posts", headers=author.headers, json=form)
    other = await client.post("social/posts", headers=reader.headers, json=form)

    assert (own.status_code, other.status_code) == (409, 404)


async def test_a_post_outlives_its_track_and_shows_it_while_it_is_public(
    client, services, publish, author, reader
):
    track_id = await add_track(services, author)
    post = await publish("Listen", by=reader, track_id=track_id)

    async def shown():
        return (await show(client, post, author)).json()["data"]["track"]

    path = f"tracks/{track_id}"
    for visibility, is_shown in (("private", False), ("unlisted", False), ("public", True)):
        await client.put(path, headers=author.headers, json={"visibility": visibility})
        assert bool(await shown()) == is_shown, visibility
    await make.suspended(services, author)
    assert (await show(client, post)).json()["data"]["track"] is None
    await make.unsuspended(services, author)
    async with services.database.transaction() as tx:
        await tx.run("delete from tracks where id = $1", track_id)
    assert (await show(client, post)).json()["data"]["track"] is None


async def test_each_call_toggles_the_like(client, publish, author, reader, count):
    post = await publish()

    answers = [(await like(client, post, who)).json()["data"] for who in (reader, author, reader)]

    assert answers == [
        {"liked": True, "likes_count": 1},
        {"liked": True, "likes_count": 2},
        {"liked": False, "likes_count": 1},
    ]
    assert (await show(client, post, author)).json()["data"]["liked"]
    assert not (await show(client, post, reader)).json()["data"]["liked"]
    assert await announced(count, "PostLiked", post) == 2


@pytest.mark.parametrize(
    ("who", "status"), [("author", 200), ("moderator", 200), ("somebody", 403), (None, 401)]
)
async def test_its_author_and_moderators_may_delete_a_post(
    client, publish, author, reader, moderator, who, status
):
    people = {"author": author, "moderator": moderator, "somebody": reader}
    post = await publish()
    headers = people[who].headers if who else {}

    answer = await client.delete(f"social/posts/{post['id']}", headers=headers)

    assert answer.status_code == status
    assert (await show(client, post)).status_code == (404 if status == 200 else 200)
    if status == 200:
        again = await client.delete(f"social/posts/{post['id']}", headers=headers)
        assert (again.status_code, again.json()["code"]) == (404, "post_not_found")


async def test_a_missing_post_is_404(client, reader):
    missing = {"id": str(uuid4())}

    assert (await show(client, missing)).status_code == 404
    assert (await like(client, missing, reader)).status_code == 404
    path = f"social/posts/{missing['id']}"
    assert (await client.delete(path, headers=reader.headers)).status_code == 404
    assert (await client.get("users/nobody-at-all/posts")).status_code == 404


async def test_a_key_that_reads_can_t_publish(client, services, author):
    reads = await make.key_headers(services, author, Scope.READ)
    form = {"content": "Words"}

    assert (await client.get("social/feed", headers=reads)).status_code == 200
    answer = await client.post("social/posts", headers=reads, json=form)
    assert (answer.status_code, answer.json()["code"]) == (403, "insufficient_scope")
    writes = await make.key_headers(services, author, Scope.WRITE)
    assert (await client.post("social/posts", headers=writes, json=form)).status_code == 201


async def test_publishing_and_liking_need_a_token(client, publish):
    post = await publish()

    assert (await client.post("social/posts", json={"content": "Words"})).status_code == 401
    assert (await client.post("social/like", json={"post_id": post["id"]})).status_code == 401
    bad = {"Authorization": "Bearer nonsense"}
    assert (await client.get("social/feed", headers=bad)).status_code == 401


async def test_a_report_of_a_post_keeps_its_content(client, services, publish, reader, count):
    post = await publish("So rude")
    form = {"content_type": "post", "content_id": post["id"], "reason": "Rude."}

    answer = await client.post("reports", headers=reader.headers, json=form)

    assert answer.status_code == 201, answer.text
    sql = """
        select count(*)::integer
          from reports
         where content_id = $1 and evidence->>'content' = 'So rude' and author_id = $2
    """
    assert await count(sql, post["id"], post["author"]["id"]) == 1


async def test_figures_count_posts_and_likes(client, services, publish, reader, count):
    before = await count("select count(*)::integer from posts")
    await like(client, await publish(), reader)
    admin = await make.person(services, Role.ADMIN)

    figures = (await client.get("admin/stats", headers=admin.headers)).json()["data"]["posts"]

    assert figures["total"] == before + 1
    assert figures["likes"] == await count("select sum(likes_count)::integer from posts")


async def test_a_member_s_posts_are_listed_newest_first(client, publish, author, reader):
    for n in range(3):
        await publish(f"Post {n}")
    await publish("Another's", by=reader)

    page = await read(client, f"users/{author.username}/posts", limit=2)
    rest = await read(client, f"users/{author.username}/posts", cursor=page["next_cursor"])

    assert (texts(page["posts"]), page["has_more"]) == (["Post 2", "Post 1"], True)
    assert (texts(rest["posts"]), rest["has_more"]) == (["Post 0"], False)


async def add_images(services, owner, number):
    async with services.database.transaction() as tx:
        return [str(await make.bare_image(tx, owner.member)) for _ in range(number)]


async def test_a_post_shows_up_to_four_images_in_their_order(
    client, services, publish, author, count
):
    image_ids = list(reversed(await add_images(services, author, 4)))

    post = await publish(image_ids=image_ids)
    await publish("Without")

    assert [image["id"] for image in post["images"]] == image_ids
    assert all(image["url"].endswith(f"/images/{image['id']}") for image in post["images"])
    assert post["images"][0]["width"] > 0
    listed = (await read(client, f"users/{author.username}/posts"))["posts"]
    assert [found["images"] for found in listed] == [[], post["images"]]
    public = "select count(*)::integer from images where id = any($1) and is_public"
    assert await count(public, image_ids) == 4


async def test_an_image_must_be_one_s_own_and_unused(client, services, publish, author, reader):
    [image_id] = await add_images(services, author, 1)
    form = {"content": "Look"}

    async def refuse(by, *image_ids):
        answer = await client.post(
            "social/posts", headers=by.headers, json=form | {"image_ids": image_ids}
        )
        return answer.status_code, answer.json()["code"]

    assert await refuse(reader, image_id) == (404, "image_not_found")
    assert await refuse(author, str(uuid4())) == (404, "image_not_found")
    assert await refuse(author, image_id, image_id) == (409, "image_in_use")
    await publish(image_ids=[image_id])
    assert await refuse(author, image_id) == (409, "image_in_use")


async def test_deleting_a_post_deletes_its_images(client, services, publish, author, count):
    image_ids = await add_images(services, author, 2)
    post = await publish(image_ids=image_ids)

    answer = await client.delete(f"social/posts/{post['id']}", headers=author.headers)

    assert answer.status_code == 200
    assert await count("select count(*)::integer from images where id = any($1)", image_ids) == 0
