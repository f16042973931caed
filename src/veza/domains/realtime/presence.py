"""Presence of members in conversations, over all processes, kept in Valkey.

Entries expire. Without Valkey nobody is shown as present, and nothing else depends on it.
"""

from collections.abc import Mapping
from typing import cast
from uuid import UUID

import msgspec

from veza.core.ids import ConversationId, UserId, new_id
from veza.domains.realtime.models import Attendance
from veza.infra.valkey.client import GONE, ValkeyClient

# Said anew by then; whoever says no more is gone after the lifetime, as after a crash.
REFRESH_S = 20
LIFETIME_S = 60

# One sorted set a conversation: members are `<user>@<process>`, scores the moments until which they
# are believed, by the server's clock.
_MEET = """
local now = redis.call('time')[1]
local until_then = now + ARGV[1]
local answers = {}
for n, people in ipairs(cjson.decode(ARGV[2])) do
    local key = KEYS[n]
    for _, one in ipairs(people[1]) do redis.call('zadd', key, until_then, one) end
    for _, one in ipairs(people[2]) do redis.call('zrem', key, one) end
    redis.call('zremrangebyscore', key, '-inf', now)
    redis.call('expire', key, ARGV[1])
    answers[n] = redis.call('zrange', key, 0, -1)
end
return answers
"""


class Presence:
    """Who is there, as this process says it and as all processes do."""

    def __init__(self, client: ValkeyClient) -> None:
        self._meet = client.register_script(_MEET)
        self._name = new_id().hex

    async def meet(
        self, attendances: Mapping[ConversationId, Attendance]
    ) -> dict[ConversationId, set[UserId]] | None:
        """Say who is here in some conversations, and hear who is there at all.

        None where Valkey is gone.
        """
        people = [
            ([self._mark(one) for one in found.here], [self._mark(one) for one in found.gone])
            for found in attendances.values()
        ]
        try:
            answers = cast(
                list[list[bytes]],
                await self._meet(
                    keys=[f"presence:{conversation_id}" for conversation_id in attendances],
                    args=[LIFETIME_S, msgspec.json.encode(people)],
                ),
            )
        except GONE:
            return None
        return {
            conversation_id: {_user_of(mark) for mark in marks}
            for conversation_id, marks in zip(attendances, answers, strict=True)
        }

    def _mark(self, user_id: UserId) -> str:
        return f"{user_id.hex}@{self._name}"


def _user_of(mark: bytes) -> UserId:
    return UserId(UUID(mark.partition(b"@")[0].decode()))
