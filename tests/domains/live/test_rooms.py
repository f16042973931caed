"""Members of the room of a stream are asked for its audience again, unless it admits everybody."""

from uuid import UUID

from tests.domains.live.streams_steps import Json
from tests.make import Person
from veza.core.ids import ConversationId
from veza.domains.chat.conversations import shared_queries
from veza.domains.chat.conversations.models import ConversationHead


async def test_a_room_asks_for_the_audience_unless_the_address_is_enough(
    client, services, create, owner: Person
):
    stream: Json = await create()
    path = f"live/streams/{stream['id']}"

    async def head() -> ConversationHead:
        room = ConversationId(UUID(stream["conversation_id"]))
        async with services.database.read() as conn:
            [found] = await shared_queries.list_heads(conn, [room])
        return found

    found: dict[str, bool] = {}
    versions: list[int] = []
    for audience in ("public", "unlisted", "followers", "unlisted"):
        form = {"audience": audience}
        answer = await client.put(path, headers=owner.headers, json=form)
        assert answer.status_code == 200, answer.text
        now = await head()
        found[audience] = now.has_tier
        versions.append(now.members_version)
    assert found == {"public": False, "unlisted": False, "followers": True}
    # A change of the audience is noticed by the version.
    assert versions == sorted(set(versions))
    async with services.database.transaction() as tx:
        await tx.run("update streams set is_taken_down = true where id = $1", stream["id"])
    assert (await head()).has_tier
