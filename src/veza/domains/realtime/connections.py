"""Connections of members to this process, and their subscriptions to conversations."""

import asyncio
import time

import msgspec
from msgspec import Struct

from veza.core.access import Member
from veza.core.ids import ConversationId, UserId, new_id
from veza.server.websocket_sender import Frame, WebSocketSender, encode_json, wrap_text

# The maximum number of live events queued for a client while its history is sent.
MAX_HELD_FRAMES = 1000

# A placeholder in encoded events for the base URL, which each client chooses by its `Host` header
# and which must not reach others. It is random, so that no message can contain it.
PLACEHOLDER_BASE = f"https://{new_id().hex}.invalid"
_PLACEHOLDER = PLACEHOLDER_BASE.encode()


class TokenBucket:
    """A rate limit: `per_second` in the long run, twice that in a burst; 0 is no limit."""

    def __init__(self, per_second: float) -> None:
        self._per_second = per_second
        self._tokens = 2 * per_second
        self._refilled_at = time.monotonic()

    def take(self, amount: float) -> bool:
        """Take tokens; return False where there were too few."""
        if not self._per_second:
            return True
        now = time.monotonic()
        refilled = self._tokens + (now - self._refilled_at) * self._per_second
        self._tokens = min(refilled, 2 * self._per_second) - amount
        self._refilled_at = now
        return self._tokens >= 0


class EncodedEvent:
    """An event that is encoded once for all clients, or once for each base URL if it has URLs.

    Its content is made with `PLACEHOLDER_BASE` as the base URL. `frame` is None if it has URLs.
    `unquoted` is the same event for members who can't read the message at `quote_seq` that it
    quotes.
    """

    def __init__(
        self, content: Struct, *, quote_seq: int = 0, unquoted: "EncodedEvent | None" = None
    ) -> None:
        self._quote_seq = quote_seq
        self._unquoted = unquoted
        self._text = encode_json(content)
        self._by_base_url: dict[str, Frame] = {}
        self.frame = None if _PLACEHOLDER in self._text else wrap_text(self._text)

    def readable_after(self, joined_seq: int) -> "EncodedEvent":
        """Return the event for a member who can't read what was sent up to a seq."""
        if self._unquoted is None or self._quote_seq > joined_seq:
            return self
        return self._unquoted

    def frame_for(self, base_url: str) -> Frame:
        """Return the frame for clients that use a base URL."""
        if self.frame is not None:
            return self.frame
        if base_url not in self._by_base_url:
            escaped = msgspec.json.encode(base_url)[1:-1]
            self._by_base_url[base_url] = wrap_text(self._text.replace(_PLACEHOLDER, escaped))
        return self._by_base_url[base_url]


class Connection:
    """An authenticated socket of a member."""

    def __init__(self, member: Member, sender: WebSocketSender, base_url: str) -> None:
        self.member = member
        self.sender = sender
        self.base_url = base_url
        self.joined: set[ConversationId] = set()
        self.last_typing_at: dict[ConversationId, float] = {}
        self.last_frame_at = self.last_ping_at = time.monotonic()
        # Only a client that ever answered a ping can be taken for dead when it stops.
        self.answers_pings = False
        # Members with a block in either direction with this member. None until loaded, and where
        # there are too many to load: then no presence, typing or read marks are sent here.
        self.blocked_ids: frozenset[UserId] | None = None
        # The number of the read that `blocked_ids` come from, see `block_tracker`.
        self.blocks_version = 0

    def can_see(self, user_id: UserId) -> bool:
        """Return whether presence, typing and read marks of a member may be sent here."""
        blocked = self.blocked_ids
        return blocked is not None and user_id not in blocked and user_id != self.user_id

    def filter_visible(self, user_ids: set[UserId]) -> set[UserId]:
        """Return the members for whom `can_see` is true, by a set operation."""
        if self.blocked_ids is None:
            return set()
        return user_ids.difference(self.blocked_ids, (self.user_id,))

    @property
    def user_id(self) -> UserId:
        """The id of the member."""
        return self.member.id


class Subscription(Struct):
    """The events of a conversation that a connection has received. All numbers are a `seq`.

    Events after `live_from` are sent as they happen, and those after `delivered_from` need not be
    sent again. History is delivered between `replayed_from` and `replayed_until`, if it was too
    long for a single `sync`. `held_frames` collects live events while history is sent, else it is
    None.
    """

    live_from: int
    # Events up to here are not for the member, who joined after them.
    joined_seq: int
    delivered_from: int
    replayed_from: int = 0
    replayed_until: int = 0
    held_frames: list[Frame] | None = None
    # Members whose presence was sent to the client.
    seen_online: set[UserId] = set()

    def next_undelivered(self, since: int) -> tuple[int, int]:
        """Return the next range to send: after which `seq`, and up to which."""
        if self.replayed_from <= since < self.replayed_until:
            since = self.replayed_until
        return since, self.replayed_from if since < self.replayed_from else self.delivered_from

    def mark_delivered(self, since: int, until: int) -> None:
        """Record a range that was sent."""
        if until >= self.delivered_from:
            self.delivered_from = min(since, self.delivered_from)
            self.replayed_from = self.replayed_until = 0
        elif since <= self.replayed_until and until >= self.replayed_from:
            self.replayed_from = min(since, self.replayed_from)
            self.replayed_until = max(until, self.replayed_until)
        else:
            self.replayed_from, self.replayed_until = since, until


class Channel:
    """A conversation with subscribers at this process.

    It is published up to `seq` and `members_version`, which are None before the first read.
    """

    def __init__(self, conversation_id: ConversationId) -> None:
        self.id = conversation_id
        self.seq: int | None = None
        self.members_version: int | None = None
        # The version of what its members listen to that was sent; None if they don't.
        self.listening_version: int | None = None
        self.subscriptions: dict[Connection, Subscription] = {}
        # Joins in progress, which keep the channel, so that they miss no events meanwhile.
        self.joining = 0
        self.has_news = False
        self.read_task: asyncio.Task[None] | None = None
        # Read marks to broadcast with the next tick.
        self.read_marks: dict[UserId, int] = {}
        # Connections that have not received the presence of others yet.
        self.newcomers: set[Connection] = set()
        self.online_ids: set[UserId] = set()
        self.presence_synced_at = 0.0

    @property
    def is_unused(self) -> bool:
        """True without subscribers and joins under way."""
        return not self.subscriptions and not self.joining

    def publish(self, event: EncodedEvent, seq: int, message_seq: int) -> None:
        """Send an event to all subscribers who may read it and don't have it yet."""
        for connection, subscription in self.subscriptions.items():
            if seq > subscription.live_from and message_seq > subscription.joined_seq:
                readable = event.readable_after(subscription.joined_seq)
                frame = readable.frame or readable.frame_for(connection.base_url)
                if subscription.held_frames is None:
                    connection.sender.send(frame)
                elif len(subscription.held_frames) < MAX_HELD_FRAMES:
                    subscription.held_frames.append(frame)
                else:
                    connection.sender.close_slow_reader()

    def broadcast(self, frame: Frame, *, about: UserId) -> None:
        """Send a frame about a member to all connections that may see them."""
        for connection in self.subscriptions:
            if connection.can_see(about):
                connection.sender.send(frame)

    def user_ids(self) -> set[UserId]:
        """Return the ids of the subscribed members."""
        return {connection.user_id for connection in self.subscriptions}
