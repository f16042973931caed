"""People who talk, and where: the same as the tests of messages have."""

from tests.domains.chat.messages.conftest import (
    ann,
    ben,
    cleo,
    count,
    group,
    list_events,
    moderator,
    pair,
    room,
)

__all__ = ["ann", "ben", "cleo", "count", "group", "list_events", "moderator", "pair", "room"]
