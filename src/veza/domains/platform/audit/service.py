"""What one can do with the audit: record, read, seal, and verify that all is as it was."""

from collections.abc import AsyncGenerator, Iterable, Sequence

from msgspec import Struct

from veza.core.audit_record import AuditRecord
from veza.core.clock import now
from veza.core.ids import LOWEST_ID, AuditEventId, UserId
from veza.core.pages import Cursor, cut
from veza.domains.platform.audit import queries, rules
from veza.domains.platform.audit.models import AuditPage, AuditQuery, Note, Seal, Tally
from veza.infra.postgres.database import Conn, Database, Tx

# So much is held in memory at once while verifying: seals, of a thousand events each at most.
_SEALS_AT_ONCE = 20
_EVENTS_AT_ONCE = 5000
_MAX_SEALS = 100
_MAX_SUSPECTS = 10_000
_MAX_NAMED = 100


class SealKeys(Struct, frozen=True):
    """The key that seals, and former ones, by which older seals are verified."""

    current: bytes
    former: Sequence[bytes] = ()

    def by_id(self) -> dict[bytes, bytes]:
        """Give each key under the name that seals have for it."""
        return {rules.key_id(key): key for key in (self.current, *self.former)}


async def record(tx: Tx, deeds: Sequence[AuditRecord]) -> None:
    """Record what was done, in the transaction that does it; whom it erases is not named."""
    deeds = [rules.without_erased(deed, tx.erased) for deed in deeds]
    await queries.insert_events(tx, deeds, nobodys_kept_for=rules.NOBODYS_KEPT_FOR)


async def record_apart(database: Database, deeds: Sequence[AuditRecord]) -> None:
    """Record what no transaction recorded: refusals, above all."""
    async with database.transaction(recorded=False) as tx:
        named = {deed.member_id for deed in deeds if deed.member_id is not None}
        known = await queries.list_members(tx, named) if named else set[UserId]()
        await record(tx, [rules.without_strangers(deed, known) for deed in deeds])


async def list_events(conn: Conn, wish: AuditQuery) -> AuditPage:
    """List who did what, newest first, in a page."""
    found = await queries.list_events(conn, wish)
    shown, following = cut(found, wish.limit, lambda event: Cursor(event.created_at, event.id))
    return AuditPage(shown, following, following is not None)


async def seal(tx: Tx, keys: SealKeys) -> Seal | None:
    """Seal the oldest events that wait for it; None where none does, or another one seals."""
    if not await queries.lock_sealing(tx):
        return None
    events = await queries.delete_unsealed(tx)
    if not events:
        return None
    made = rules.make_seal(keys.current, await queries.find_last_seal(tx), events, now())
    await queries.insert_seal(tx, made)
    return made


async def seal_waiting(database: Database, keys: SealKeys) -> AsyncGenerator[Seal]:
    """Seal what waits, seal by seal: as much as ever comes in a minute, and then some."""
    for _ in range(_MAX_SEALS):
        async with database.transaction(recorded=False) as tx:
            made = await seal(tx, keys)
        if made is None:
            return
        yield made


class Verification:
    """One walk over all seals and events, in stretches, while the server goes on writing."""

    def __init__(self, conn: Conn, keys: SealKeys, note: Note | None = None) -> None:
        self._conn = conn
        self._keys = keys.by_id()
        self._note = note
        self._last: Seal | None = None
        # Up to which id the seals reach, and which events until there are in none so far.
        self._reached = LOWEST_ID
        self._suspects: set[AuditEventId] = set()
        self._events = self._seals = self._waiting = 0

    async def find_faults(self) -> AsyncGenerator[str]:
        """Say all that isn't as it was recorded and sealed, one sentence each."""
        while seals := await self._read_seals():
            async for fault in self._verify_seals(seals):
                yield fault
        async for fault in self._verify_waiting():
            yield fault
        for event_id in await queries.list_unaccounted_events(
            self._conn, self._suspects, self._reached, self._number, limit=_MAX_NAMED
        ):
            yield f"Event {event_id} is in no seal, and waits for none."
        if self._note is not None:
            yield f"Seal {self._note.number}, which was noted, is missing."

    @property
    def tally(self) -> Tally:
        """Tell how much was verified."""
        last = self._last and Note(self._last.number, self._last.digest)
        return Tally(self._events, self._seals, self._waiting, last)

    @property
    def _number(self) -> int:
        return self._last.number if self._last else 0

    async def _read_seals(self) -> list[Seal]:
        return await queries.list_seals(self._conn, self._number, _SEALS_AT_ONCE)

    async def _verify_seals(self, seals: list[Seal]) -> AsyncGenerator[str]:
        ids = [event_id for seal in seals for event_id in seal.event_ids]
        events = {event.id: event for event in await queries.list_known_events(self._conn, ids)}
        for seal in seals:
            for fault in self._verify_seal(seal):
                yield fault
            for fault in rules.find_faults_of_sealed(seal, events, now()):
                yield fault
            self._last = seal
        self._seals += len(seals)
        self._events += len(events)
        await self._account_for(ids)

    def _verify_seal(self, seal: Seal) -> Iterable[str]:
        yield from rules.find_faults_of_seal(seal, self._last, self._keys)
        if self._note is not None and self._note.number == seal.number:
            if self._note.digest != seal.digest:
                yield f"Seal {seal.number} isn't the one that was noted."
            self._note = None

    async def _account_for(self, sealed: list[AuditEventId]) -> None:
        """Note which events of this stretch are in none of its seals; a later one may have them."""
        until = max(self._reached, *sealed)
        self._suspects.difference_update(sealed)
        if len(self._suspects) < _MAX_SUSPECTS:
            others = await queries.list_events_between(
                self._conn, self._reached, until, sealed, limit=_MAX_NAMED
            )
            self._suspects.update(others)
        self._reached = until

    async def _verify_waiting(self) -> AsyncGenerator[str]:
        after = LOWEST_ID
        while events := await queries.list_waiting_events(self._conn, after, _EVENTS_AT_ONCE):
            for event in events:
                for fault in rules.find_faults_of_details(event, now()):
                    yield fault
            self._waiting += len(events)
            after = events[-1].id
        for event_id in await queries.list_lost_events(self._conn, _MAX_NAMED):
            yield f"Event {event_id}, which waits for a seal, is missing."
