"""Slow mode over the WebSocket."""

from tests import make
from tests.domains.realtime.chat_client import connected
from veza.app.services import Services


async def test_slow_mode_refuses_frames_with_retry_after(served: Services, address: str) -> None:
    ann, ben = [await make.person(served) for _ in range(2)]
    place = await make.conversation(served, "room", ann, ben)
    async with served.database.transaction() as tx:
        await tx.run("update conversations set slow_mode_seconds = 600 where id = $1", place)
    room = str(place)
    async with connected(served, address, ann, ben) as (one, other):
        for socket in (one, other):
            await socket.ack("join", conversation_id=room)
        await other.ack("message", conversation_id=room, content="First", client_id="1")
        refused = await other.request(
            "message", conversation_id=room, content="Second", client_id="2"
        )
        assert refused["type"] == "error"
        assert refused["data"]["code"] == "slow_mode"
        assert 0 < refused["data"]["retry_after"] <= 600
        # Sent again it is the same message, and its owner waits for nothing.
        await other.ack("message", conversation_id=room, content="First", client_id="1")
        for n in range(2):
            await one.ack("message", conversation_id=room, content=f"Mine {n}")
