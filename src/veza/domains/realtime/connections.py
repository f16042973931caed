"""Who sits where: sockets of members, and the conversations that they hear."""

import asyncio
import time

import msgspec
from msgspec import Struct

from veza.core.access import Member
from veza.core.ids import ConversationId, UserId, new_id
from veza.infra.http_server.websocket_sender import Frame, WebSocketSender, encode, frame_of

# So much may be held back for one reader, while they are told what they missed.
MAX_HELD = 1000

# Stands for the address by which a reader reaches us: each writes its own into the `Host`, which
# must not get into the URLs of others. Nobody can guess it, and so nobody says it.
MARKED_BASE = f"https://{new_id().hex}.invalid"
_MARK = MARKED_BASE.encode()


class Pace:
    """How much a connection may send: so much a second on the long run, and twice that at once."""

    def __init__(self, a_second: float) -> None:
        self._a_second = a_second
        self._left = 2 * a_second
        self._looked_at = time.monotonic()

    def take(self, amount: float) -> bool:
        """Use some of it up; False where there isn't so much. Without a limit there always is."""
        if not self._a_second:
            return True
        now = time.monotonic()
        grown = self._left + (now - self._looked_at) * self._a_second
        self._left = min(grown, 2 * self._a_second) - amount
        self._looked_at = now
        return self._left >= 0


class Edition:
    """What many are told: one frame for all, but where URLs are in it, one for each address.

    It is made with `MARKED_BASE` in place of the address.
    """

    def __init__(self, content: Struct) -> None:
        self._text = encode(content)
        self._frames: dict[str, Frame] = {}
        self.frame = None if _MARK in self._text else frame_of(self._text)

    def at(self, base: str) -> Frame:
        """Give the frame for those who reach us by an address."""
        if self.frame is not None:
            return self.frame
        if base not in self._frames:
            escaped = msgspec.json.encode(base)[1:-1]
            self._frames[base] = frame_of(self._text.replace(_MARK, escaped))
        return self._frames[base]


class Seat:
    """A member at a socket. `base` is the address by which they reach us, for URLs."""

    def __init__(self, member: Member, outlet: WebSocketSender, base: str) -> None:
        self.member = member
        self.outlet = outlet
        self.base = base
        self.joined: set[ConversationId] = set()
        self.typed_at: dict[ConversationId, float] = {}
        self.heard_at = self.asked_at = time.monotonic()
        # Whether pings are answered: those who never do can't be told from the dead by it.
        self.answers_pings = False
        # Whom the member blocks, and who blocks them. None where that isn't known, or too many to
        # know: then nothing of anybody is told here.
        self.apart: frozenset[UserId] | None = None
        # The number of the read that this is from, see `blocks`.
        self.apart_as_of = 0

    def may_notice(self, user_id: UserId) -> bool:
        """Return whether the member may learn that another is there, writes or reads."""
        return self.apart is not None and user_id not in self.apart and user_id != self.user_id

    def find_noticed(self, user_ids: set[UserId]) -> set[UserId]:
        """Return those of some members whom `may_notice` allows: quickly, for many."""
        if self.apart is None:
            return set()
        return user_ids.difference(self.apart, (self.user_id,))

    @property
    def user_id(self) -> UserId:
        """Who sits here."""
        return self.member.id


class Spot(Struct):
    """How far a seat is in a conversation, and since when its member belongs there.

    What happens above `start` it hears by itself, and what is above `told_since` needn't be told
    any more. Of what lies below, it was told what is between `low` and `high`, where the rest would
    have been too much for once. `held` is what happens while it is told.
    """

    start: int
    joined_seq: int
    told_since: int
    low: int = 0
    high: int = 0
    held: list[Frame] | None = None
    # Those whom the seat was told to be there.
    noticed: set[UserId] = set()

    def find_untold(self, since: int) -> tuple[int, int]:
        """Tell what is to be told next: after what, and up to what."""
        if self.low <= since < self.high:
            since = self.high
        return since, self.low if since < self.low else self.told_since

    def note_told(self, since: int, until: int) -> None:
        """Remember what was told."""
        if until >= self.told_since:
            self.told_since = min(since, self.told_since)
            self.low = self.high = 0
        elif since <= self.high and until >= self.low:
            self.low, self.high = min(since, self.low), max(until, self.high)
        else:
            self.low, self.high = since, until


class Hall:
    """A conversation that somebody hears at this process: how far it was passed on, and to whom.

    `seq` and `members_version` are None until they were read for the first time.
    """

    def __init__(self, conversation_id: ConversationId) -> None:
        self.id = conversation_id
        self.seq: int | None = None
        self.members_version: int | None = None
        self.spots: dict[Seat, Spot] = {}
        # Who is about to join, so that nothing that happens meanwhile is missed.
        self.joining = 0
        self.is_dirty = False
        self.reading: asyncio.Task[None] | None = None
        self.marks: dict[UserId, int] = {}
        self.newcomers: set[Seat] = set()
        self.present: set[UserId] = set()
        self.met_at = 0.0

    @property
    def is_empty(self) -> bool:
        """Tell whether nobody is here, nor about to come."""
        return not self.spots and not self.joining

    def pass_on(self, edition: Edition, seq: int, message_seq: int) -> None:
        """Give what happened to all whom it is for, and who don't know it yet."""
        for seat, spot in self.spots.items():
            if seq > spot.start and message_seq > spot.joined_seq:
                frame = edition.frame or edition.at(seat.base)
                if spot.held is None:
                    seat.outlet.put(frame)
                else:
                    _hold(seat, spot.held, frame)

    def tell(self, frame: Frame, *, about: UserId) -> None:
        """Give a frame about a member to all seats that may notice them: it may be lost."""
        for seat in self.spots:
            if seat.may_notice(about):
                seat.outlet.put(frame)

    def users(self) -> set[UserId]:
        """Name those who are here."""
        return {seat.user_id for seat in self.spots}


def _hold(seat: Seat, held: list[Frame], frame: Frame) -> None:
    if len(held) < MAX_HELD:
        held.append(frame)
    else:
        seat.outlet.fall_behind()
