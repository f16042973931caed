"""What the sockets of this process hear: each event is read once, encoded once, given to all.

A signal wakes the reading of one conversation. Every second the heads of all conversations that
somebody hears are compared with what was passed on, so that a lost signal loses nothing.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import partial
from uuid import UUID

import structlog

from veza.core.access import session_of
from veza.core.activities import Activity
from veza.core.errors import Unavailable
from veza.core.ids import ConversationId, SessionId, UserId
from veza.core.signed_urls import UrlBuilder
from veza.domains.chat.conversations import service as conversations
from veza.domains.chat.conversations.errors import ConversationNotFound
from veza.domains.chat.conversations.models import Head, Membership
from veza.domains.chat.messages import service as messages
from veza.domains.realtime import queries, rules
from veza.domains.realtime.blocks import Blocks
from veza.domains.realtime.connections import MARKED_BASE, Edition, Hall, Seat, Spot
from veza.domains.realtime.errors import NotJoined, TooManyJoined
from veza.domains.realtime.models import Joined, Ping, Problem, Refusal
from veza.domains.realtime.notification_push import Courier
from veza.domains.realtime.presence_feed import Company
from veza.infra.http_server.websocket_sender import CloseCode, WebSocketSender, make_frame
from veza.infra.postgres.database import Database
from veza.infra.processes.tasks import running
from veza.infra.valkey.hourly_limits import HourlyLimits

log = structlog.get_logger()

INTERVAL_S = 1.0
# So many conversations are read at once, and so many heads with one statement.
_MAX_READING = 4
_HEADS = 1000

_PING = make_frame(Ping(data={}))


class Hub:
    """All seats of this process, and the halls that they are in."""

    def __init__(
        self,
        database: Database,
        company: Company,
        urls_of: Callable[[str], UrlBuilder],
        hourly_limits: HourlyLimits,
    ) -> None:
        self.database = database
        self.hourly_limits = hourly_limits
        self.company = company
        self.urls_of = urls_of
        self.halls = company.halls
        self.seats: set[Seat] = set()
        self._of_session: defaultdict[SessionId, set[Seat]] = defaultdict(set)
        self._of_user: defaultdict[UserId, set[Seat]] = defaultdict(set)
        self.courier = Courier(database, self._of_user, partial(urls_of, MARKED_BASE))
        self.blocks = Blocks(database, self._of_user, company.tell_again)
        self._turns = asyncio.Semaphore(_MAX_READING)
        self._open = 0

    @contextmanager
    def connected(self, outlet: WebSocketSender) -> Generator[None]:
        """Count a socket for as long as it is open, whoever it belongs to."""
        self._open += 1
        if self._open - len(self.seats) > rules.MAX_UNKNOWN:
            outlet.end(CloseCode.TRY_LATER, "Too many sockets are opening at the moment.")
        try:
            yield
        finally:
            self._open -= 1

    def admit(self, seat: Seat) -> bool:
        """Give a socket a seat; False where its member has too many."""
        if len(self.seats_of(seat.user_id)) >= rules.MAX_SOCKETS_OF_A_MEMBER:
            return False
        self.seats.add(seat)
        self._of_user[seat.user_id].add(seat)
        self._of_session[session_of(seat.member)].add(seat)
        return True

    def dismiss(self, seat: Seat) -> None:
        """Take a seat away, whose socket is closed."""
        for conversation_id in list(seat.joined):
            self.leave(seat, conversation_id)
        self.seats.discard(seat)
        _take_out(self._of_user, seat.user_id, seat)
        _take_out(self._of_session, session_of(seat.member), seat)

    async def join(self, seat: Seat, conversation_id: ConversationId) -> Joined:
        """Have a seat hear a conversation. Whoever isn't in a public room becomes its member."""
        if conversation_id not in seat.joined and len(seat.joined) >= rules.MAX_JOINED:
            raise TooManyJoined
        hall = self.halls.setdefault(conversation_id, Hall(conversation_id))
        # Before anything is read: from here on whatever happens is passed on, or read below.
        hall.joining += 1
        try:
            membership = await self._find_membership(seat, hall)
            await self.blocks.load(seat)
            return self._sit_down(seat, hall, membership)
        finally:
            hall.joining -= 1
            self._forget_empty(hall)

    def leave(self, seat: Seat, conversation_id: ConversationId) -> None:
        """Have a seat hear no more of a conversation."""
        if conversation_id in seat.joined:
            hall = self.halls[conversation_id]
            seat.joined.discard(conversation_id)
            seat.typed_at.pop(conversation_id, None)
            del hall.spots[seat]
            self.company.see_off(hall, seat)
            self._forget_empty(hall)

    def find_hall(self, seat: Seat, conversation_id: ConversationId) -> Hall:
        """Give the hall that a seat is in. Raises NotJoined."""
        if conversation_id not in seat.joined:
            raise NotJoined
        return self.halls[conversation_id]

    def hear(self, about: str) -> None:
        """Look for news in a conversation."""
        if hall := self.halls.get(ConversationId(UUID(about))):
            self._wake(hall)

    async def end_sessions(self, subjects: list[str]) -> None:
        """Close the sockets of sessions that ended."""
        for subject in subjects:
            for seat in self._of_session.get(SessionId(UUID(subject)), ()):
                seat.outlet.end(rules.NOT_SIGNED_IN, "The session has ended.")

    def seats_of(self, user_id: UserId) -> Sequence[Seat]:
        """Give all seats of a member."""
        return list(self._of_user.get(user_id, ()))

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Compare heads, ask who is there and so on, every second while inside."""
        async with running(self._run()), self.courier.running(), self.blocks.running():
            yield

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(INTERVAL_S)
            try:
                self._ask_who_is_there()
                await self.compare_heads()
                await self.company.meet()
            except Unavailable as error:
                log.warning("heads_unread", error=str(error))
            except Exception:
                # Were this to end, nobody here would hear of what a lost signal was about.
                log.exception("heads_unread")

    async def compare_heads(self) -> None:
        """Read on wherever something happened that was not passed on."""
        known = [hall for hall in self.halls.values() if hall.seq is not None]
        for start in range(0, len(known), _HEADS):
            halls = known[start : start + _HEADS]
            async with self.database.read() as conn:
                found = await conversations.read_heads(conn, [hall.id for hall in halls])
            heads = {head.conversation_id: head for head in found}
            for hall in halls:
                self._see(hall, heads.get(hall.id))

    def _see(self, hall: Hall, head: Head | None) -> None:
        if not _is_up_to_date(hall, head):
            self._wake(hall)

    async def _find_membership(self, seat: Seat, hall: Hall) -> Membership:
        while True:
            membership = await self._become_member(seat, hall.id)
            # Of one who was removed meanwhile, something older than what is known here says that
            # they are in: then ask again.
            known = hall.members_version
            if known is None or membership.members_version >= known:
                return membership

    async def _become_member(self, seat: Seat, conversation_id: ConversationId) -> Membership:
        async with self.database.read() as conn:
            with suppress(ConversationNotFound):
                return await conversations.get_membership(conn, seat.user_id, conversation_id)
        await self.hourly_limits.count(Activity.MEMBERSHIP, seat.user_id)
        async with self.database.transaction() as tx:
            await conversations.join(tx, seat.member, conversation_id)
            return await conversations.get_membership(tx, seat.user_id, conversation_id)

    def _sit_down(self, seat: Seat, hall: Hall, membership: Membership) -> Joined:
        if hall.seq is None:
            hall.seq, hall.members_version = membership.last_seq, membership.members_version
        spot = hall.spots.get(seat)
        if spot is None:
            # What is up to here was before, and what comes after is passed on.
            start = max(hall.seq, membership.last_seq)
            spot = Spot(start, membership.joined_seq, told_since=start)
            hall.spots[seat] = spot
            seat.joined.add(hall.id)
            self.company.greet(hall, seat)
        if hall.is_dirty:
            self._wake(hall)
        return Joined(hall.id, spot.start, membership.last_number, membership.read_number)

    def _forget_empty(self, hall: Hall) -> None:
        if hall.is_empty and self.halls.get(hall.id) is hall:
            del self.halls[hall.id]

    def _wake(self, hall: Hall) -> None:
        hall.is_dirty = True
        if hall.reading is None and hall.seq is not None:
            hall.reading = asyncio.create_task(self._read(hall))

    async def _read(self, hall: Hall) -> None:
        try:
            while hall.is_dirty and hall.spots:
                hall.is_dirty = False
                async with self._turns:
                    await self._catch_up(hall)
        except Unavailable as error:
            # The heads will tell that something is missing here.
            log.warning("conversation_unread", error=str(error))
        except Exception:
            log.exception("conversation_unread")
        finally:
            hall.reading = None

    async def _catch_up(self, hall: Hall) -> None:
        has_more = True
        while has_more:
            assert hall.seq is not None
            async with self.database.read() as conn:
                events = await messages.list_events(
                    conn, hall.id, hall.seq, limit=rules.PAGE, urls=self.urls_of(MARKED_BASE)
                )
                # After the events: whoever is gone by now gets none of them.
                heads = await conversations.read_heads(conn, [hall.id])
            await self._check_members(hall, heads)
            for event in events:
                hall.pass_on(Edition(rules.show_event(event)), event.seq, event.message.seq)
                hall.seq = event.seq
            has_more = len(events) == rules.PAGE

    async def _check_members(self, hall: Hall, heads: list[Head]) -> None:
        """Have those go who are members no more."""
        version = heads[0].members_version if heads else None
        if version == hall.members_version:
            return
        seats = list(hall.spots)
        async with self.database.read() as conn:
            found = await queries.list_standings(conn, hall.id, [seat.user_id for seat in seats])
        joined = {standing.user_id: standing.joined_seq for standing in found}
        for seat in seats:
            if seat in hall.spots and seat.user_id in joined:
                hall.spots[seat].joined_seq = joined[seat.user_id]
            elif seat in hall.spots:
                self._show_out(seat, hall)
        hall.members_version = version

    def _show_out(self, seat: Seat, hall: Hall) -> None:
        self.leave(seat, hall.id)
        problem = Problem(ConversationNotFound.code, ConversationNotFound.message, hall.id)
        seat.outlet.put(make_frame(Refusal(data=problem)))

    def _ask_who_is_there(self) -> None:
        now = time.monotonic()
        for seat in self.seats:
            if seat.answers_pings and now - seat.heard_at > rules.DEAD_AFTER_S:
                seat.outlet.end(rules.NOT_THERE, "You don't answer any more.")
            elif now - max(seat.heard_at, seat.asked_at) > rules.PING_EVERY_S:
                seat.asked_at = now
                seat.outlet.put(_PING)


def _is_up_to_date(hall: Hall, head: Head | None) -> bool:
    known = (hall.seq, hall.members_version)
    return head is not None and known == (head.seq, head.members_version)


def _take_out[K](seats: defaultdict[K, set[Seat]], key: K, seat: Seat) -> None:
    seats[key].discard(seat)
    if not seats[key]:
        del seats[key]
