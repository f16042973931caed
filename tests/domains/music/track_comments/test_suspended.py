"""Comments of suspended members are neither listed nor counted."""

from tests import make
from tests.domains.music.track_comments.routes_steps import comment, count_shown
from veza.domains.music.track_comments import personal_data


async def said(client, track_id):
    answer = await client.get(f"tracks/{track_id}/comments")
    assert answer.status_code == 200
    return [entry["content"] for entry in answer.json()["data"]["comments"]]


async def test_comments_of_suspended_members_are_hidden_at_once_and_uncounted_soon(
    client, services, add, other, owner, work
):
    track_id = await add()
    await comment(client, track_id, owner, content="Mine")
    for n in range(3):
        await comment(client, track_id, other, content=f"Theirs {n}")

    await make.suspended(services, other)
    assert await said(client, track_id) == ["Mine"]
    await work()
    assert await count_shown(client, track_id) == 1

    await make.unsuspended(services, other)
    assert len(await said(client, track_id)) == 4
    await work()
    assert await count_shown(client, track_id) == 4


async def test_erasing_a_suspended_member_leaves_the_counts_exact(
    client, services, add, other, owner, work
):
    track_id = await add()
    await comment(client, track_id, other)
    await comment(client, track_id, owner)
    await make.suspended(services, other)
    await work()

    async with services.database.transaction() as tx:
        await personal_data.erase(tx, other.id)
    assert await count_shown(client, track_id) == 1
