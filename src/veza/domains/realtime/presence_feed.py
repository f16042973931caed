"""What those who are in a conversation at the same time see of each other, and what may be lost.

Who writes goes through at once. Who has read up to where, who comes and who goes is told once a
second. In large company nothing of it is.
"""

import time
from itertools import islice
from uuid import UUID

from veza.core.ids import ConversationId, UserId
from veza.domains.chat.conversations.models import ReadMark
from veza.domains.realtime import rules
from veza.domains.realtime.connections import Hall, Seat
from veza.domains.realtime.models import (
    Attendance,
    PresenceStatus,
    Read,
    Typing,
    WhoIsThere,
    WhoTypes,
)
from veza.domains.realtime.models import Presence as PresenceFrame
from veza.domains.realtime.presence import REFRESH_S, Presence
from veza.infra.http_server.websocket_sender import Frame, make_frame
from veza.infra.valkey.broadcast import Broadcast

# Signals `typing:<conversation>:<member>` and `presence:<conversation>`.
TYPING = "typing"
PRESENCE = "presence"

_HALLS_AT_ONCE = 100

# Frames that tell many seats the same are encoded once.
type _Frames = dict[tuple[UserId, PresenceStatus], Frame]


class Company:
    """Who is together in which hall of this process."""

    def __init__(self, presence: Presence, broadcast: Broadcast) -> None:
        self.halls: dict[ConversationId, Hall] = {}
        self._presence = presence
        self._broadcast = broadcast
        # Who left which hall since that was told.
        self._gone: dict[ConversationId, set[UserId]] = {}

    def greet(self, hall: Hall, seat: Seat) -> None:
        """Have the others learn that somebody came, and them who is there."""
        hall.newcomers.add(seat)

    def see_off(self, hall: Hall, seat: Seat) -> None:
        """Have the others learn that somebody went, where it was their last seat."""
        hall.newcomers.discard(seat)
        self._gone.setdefault(hall.id, set()).add(seat.user_id)

    def tell_again(self, seat: Seat) -> None:
        """Tell a seat who came or went for it, because whom it may notice has changed."""
        for conversation_id in seat.joined:
            hall = self.halls[conversation_id]
            if _is_told(hall):
                _tell_seat(hall, seat, {})

    async def tell_typing(self, seat: Seat, hall: Hall) -> None:
        """Let everybody in a hall know that somebody writes: once in three seconds."""
        if not _is_told(hall):
            return
        now = time.monotonic()
        if now - seat.typed_at.get(hall.id, -rules.TYPING_EVERY_S) >= rules.TYPING_EVERY_S:
            seat.typed_at[hall.id] = now
            await self._broadcast.signal(frozenset({f"{TYPING}:{hall.id}:{seat.user_id}"}))

    def hear_typing(self, about: str) -> None:
        """Hear from any process who writes."""
        conversation, _, user = about.partition(":")
        hall = self._find_told(conversation)
        if hall is not None:
            user_id = UserId(UUID(user))
            who = WhoTypes(hall.id, user_id, rules.TYPING_LASTS_S)
            hall.tell(make_frame(Typing(data=who)), about=user_id)

    def hear_read(self, about: str) -> None:
        """Hear from any process how far somebody has read; it is told within the second."""
        conversation, user, number = about.split(":")
        hall = self._find_told(conversation)
        if hall is not None:
            user_id = UserId(UUID(user))
            hall.marks[user_id] = max(int(number), hall.marks.get(user_id, 0))

    def hear_presence(self, about: str) -> None:
        """Hear from any process that somebody came or went."""
        if hall := self._find_told(about):
            hall.met_at = 0.0

    async def meet(self) -> None:
        """Tell everybody who came, who went, and how far they have read. Every second."""
        gone, self._gone = self._gone, {}
        for hall in self.halls.values():
            _tell_marks(hall)
        due = {hall.id for hall in self.halls.values() if _is_due(hall)}
        changed = [place for place in due if self.halls[place].newcomers] + list(gone)
        places = iter(due | gone.keys())
        while some := list(islice(places, _HALLS_AT_ONCE)):
            attendances = {place: self._attend(place, gone.get(place, set())) for place in some}
            self._learn(await self._presence.meet(attendances) or {})
        if changed:
            await self._broadcast.signal(frozenset(f"{PRESENCE}:{place}" for place in changed))

    def _attend(self, conversation_id: ConversationId, gone: set[UserId]) -> Attendance:
        hall = self.halls.get(conversation_id)
        here = hall.users() if hall is not None and _is_told(hall) else set[UserId]()
        return Attendance(here, gone - here)

    def _learn(self, found: dict[ConversationId, set[UserId]]) -> None:
        for conversation_id, present in found.items():
            hall = self.halls.get(conversation_id)
            if hall is not None and _is_told(hall):
                _tell_present(hall, present)

    def _find_told(self, conversation: str) -> Hall | None:
        hall = self.halls.get(ConversationId(UUID(conversation)))
        return hall if hall is not None and _is_told(hall) else None


def _is_told(hall: Hall) -> bool:
    return len(hall.spots) <= rules.MAX_COMPANY


def _is_due(hall: Hall) -> bool:
    has_waited = time.monotonic() - hall.met_at > REFRESH_S
    return _is_told(hall) and (bool(hall.newcomers) or has_waited)


def _tell_marks(hall: Hall) -> None:
    marks, hall.marks = hall.marks, {}
    for user_id, number in marks.items():
        hall.tell(make_frame(Read(data=ReadMark(hall.id, user_id, number))), about=user_id)


def _tell_present(hall: Hall, present: set[UserId]) -> None:
    """Tell each seat what has changed for it: those who just came, who is there."""
    hall.newcomers.clear()
    hall.present = present
    hall.met_at = time.monotonic()
    frames: _Frames = {}
    for seat in hall.spots:
        _tell_seat(hall, seat, frames)


def _tell_seat(hall: Hall, seat: Seat, frames: _Frames) -> None:
    """Tell a seat who came and went since it was told, of those whom it may notice."""
    spot = hall.spots[seat]
    before, spot.noticed = spot.noticed, seat.find_noticed(hall.present)
    changes = [(user_id, PresenceStatus.ONLINE) for user_id in spot.noticed - before]
    changes += [(user_id, PresenceStatus.OFFLINE) for user_id in before - spot.noticed]
    for change in changes:
        if change not in frames:
            frames[change] = make_frame(PresenceFrame(data=WhoIsThere(hall.id, *change)))
        seat.outlet.put(frames[change])
