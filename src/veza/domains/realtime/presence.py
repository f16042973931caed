"""Presence of members in conversations, over all processes, kept in Valkey.

Entries expire. Without Valkey all members appear offline; all else works.
"""

from collections.abc import Mapping
from typing import cast
from uuid import UUID

import msgspec

from veza.core.ids import ConversationId, UserId, new_id
from veza.domains.realtime.models import LocalPresence
from veza.infra.valkey.client import GONE, ValkeyClient

# Entries are refreshed by then, and expire after the lifetime, as after a crash.
REFRESH_S = 20
LIFETIME_S = 60

# One sorted set for each conversation: members are `<user>@<process>`, scores the times when they
# expire, by the clock of the Valkey server.
_SYNC = """
local now = redis.call('time')[1]
local expires_at = now + ARGV[1]
local answers = {}
for n, local_presence in ipairs(cjson.decode(ARGV[2])) do
    local key = KEYS[n]
    for _, entry in ipairs(local_presence[1]) do redis.call('zadd', key, expires_at, entry) end
    for _, entry in ipairs(local_presence[2]) do redis.call('zrem', key, entry) end
    redis.call('zremrangebyscore', key, '-inf', now)
    redis.call('expire', key, ARGV[1])
    answers[n] = redis.call('zrange', key, 0, -1)
end
return answers
"""


class PresenceStore:
    """Reads and writes who is online, with a unique name of this process."""

    def __init__(self, client: ValkeyClient) -> None:
        self._sync = client.register_script(_SYNC)
        self._process = new_id().hex

    async def sync(
        self, presences: Mapping[ConversationId, LocalPresence]
    ) -> dict[ConversationId, set[UserId]] | None:
        """Write who is online at this process, and return who is at any; None without Valkey."""
        entries = [
            (
                [self._entry(each) for each in found.online],
                [self._entry(each) for each in found.left],
            )
            for found in presences.values()
        ]
        try:
            answers = cast(
                list[list[bytes]],
                await self._sync(
                    keys=[f"presence:{conversation_id}" for conversation_id in presences],
                    args=[LIFETIME_S, msgspec.json.encode(entries)],
                ),
            )
        except GONE:
            return None
        return {
            conversation_id: {_user_of(entry) for entry in found}
            for conversation_id, found in zip(presences, answers, strict=True)
        }

    def _entry(self, user_id: UserId) -> str:
        return f"{user_id.hex}@{self._process}"


def _user_of(entry: bytes) -> UserId:
    return UserId(UUID(entry.partition(b"@")[0].decode()))
