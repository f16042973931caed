"""Frames whose transaction PostgreSQL ends because of another one: they are executed once."""

from collections.abc import Coroutine
from typing import Any

import pytest

from tests import make
from tests.app.row_lock_steps import count_deadlocks, cross
from tests.domains.realtime.chat_client import connected
from tests.raw import borrowed
from veza.app.services import Services


@pytest.mark.parametrize("kind", ["message", "react"])
async def test_a_frame_that_ends_a_deadlock_is_acknowledged(
    served: Services, address: str, kind: str
) -> None:
    ann, ben = [await make.person(served) for _ in range(2)]
    room = await make.conversation(served, "room", ann, ben)
    said = await make.message(served, ann, room, "Hello")
    before = count_deadlocks(served)
    tries = 0
    async with connected(served, address, ben) as (socket,):
        await socket.ack("join", conversation_id=str(room))

        def change() -> Coroutine[Any, Any, Any]:
            nonlocal tries
            data = {"message": {"content": "Good evening"}}.get(
                kind, {"message_id": str(said.id), "emoji": "🔥🎉👏🎧🎹"[tries % 5]}
            )
            tries += 1
            return socket.ack(kind, conversation_id=str(room), **data)

        answer = await cross(
            served.database, change, held=("conversations", room), taken=("users", ben.id)
        )

    assert count_deadlocks(served) > before
    async with borrowed(served) as raw:
        sql = "select last_seq from conversations where id = $1"
        assert await raw.fetchval(sql, room) == answer["seq"] == 1 + tries
