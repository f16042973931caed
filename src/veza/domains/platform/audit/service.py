"""Requests are recorded in the transaction of their change, signed and verified later."""

from collections.abc import AsyncGenerator, Callable, Iterable, Sequence

from msgspec import Struct

from veza.core.audit_record import AuditRecord
from veza.core.clock import now
from veza.core.ids import LOWEST_ID, AuditEventId, UserId
from veza.core.pages import Cursor, cut
from veza.domains.platform.audit import rules
from veza.domains.platform.audit.models import (
    AuditPage,
    AuditQuery,
    AuditSignature,
    SignatureReference,
    VerificationResult,
)
from veza.domains.platform.audit.queries import event_records, signature_records
from veza.infra.postgres.database import Conn, Database, Tx
from veza.infra.postgres.single_statement import StatementRecord
from veza.infra.security.secrets import DerivedKeys

_KEY_PURPOSE = "audit_signature"
# Limits of the memory of a verification: a signature covers at most 1,000 events.
_SIGNATURES_AT_ONCE = 20
_EVENTS_AT_ONCE = 5000
_MAX_BATCHES = 100
_MAX_UNACCOUNTED = 10_000
_MAX_REPORTED = 100


class SigningKeys(Struct, frozen=True):
    """The current signing key, and former keys that verify older signatures."""

    current: bytes
    former: Sequence[bytes] = ()

    def by_id(self) -> dict[bytes, bytes]:
        """Return each key by its public identifier."""
        return {rules.key_id(key): key for key in (self.current, *self.former)}


def derive_signing_keys(keys: DerivedKeys, former: Sequence[str]) -> SigningKeys:
    """Return the keys that are derived from the secret in use, and from former secrets."""
    of_former = [DerivedKeys(secret).derive(_KEY_PURPOSE) for secret in former]
    return SigningKeys(keys.derive(_KEY_PURPOSE), of_former)


async def record(tx: Tx, records: Sequence[AuditRecord]) -> None:
    """Record requests in a transaction; the member it erases is left out."""
    records = [rules.without_erased_member(each, tx.erased) for each in records]
    await event_records.insert_events(tx, records, anonymous_kept_for=rules.ANONYMOUS_KEPT_FOR)


async def record_change(tx: Tx, request: AuditRecord) -> None:
    """Record a request in the transaction of its change; the member it erases is left out."""
    made = rules.without_erased_member(request, tx.erased)
    if made.user_id is None or not await event_records.insert_event(tx, made):
        await event_records.insert_events(tx, [made], anonymous_kept_for=rules.ANONYMOUS_KEPT_FOR)


def record_of_statement(request: AuditRecord, confirm: Callable[[], None]) -> StatementRecord:
    """Return how a single statement records the request that it belongs to."""
    return event_records.record_of_statement(request, confirm)


async def record_outside_transaction(database: Database, records: Sequence[AuditRecord]) -> None:
    """Record requests that no transaction recorded, most of them refused."""
    async with database.transaction(recorded=False) as tx:
        member_ids = {each.member_id for each in records if each.member_id is not None}
        known = await event_records.list_members(tx, member_ids) if member_ids else set[UserId]()
        await record(tx, [rules.without_unknown_member(each, known) for each in records])


async def list_events(conn: Conn, query: AuditQuery) -> AuditPage:
    """Return a page of events, newest first."""
    found = await event_records.list_events(conn, query)
    shown, following = cut(found, query.limit, lambda event: Cursor(event.created_at, event.id))
    return AuditPage(shown, following, following is not None)


async def sign_batch(tx: Tx, keys: SigningKeys) -> AuditSignature | None:
    """Sign the oldest unsigned events; None if there are none or another process signs."""
    if not await signature_records.lock_signing(tx):
        return None
    events = await signature_records.take_unsigned_events(tx)
    if not events:
        return None
    signature = rules.sign_events(
        keys.current, await signature_records.find_last_signature(tx), events, now()
    )
    await signature_records.insert_signature(tx, signature)
    return signature


async def sign_all(database: Database, keys: SigningKeys) -> AsyncGenerator[AuditSignature]:
    """Sign all unsigned events, at most 100 batches, and yield each signature."""
    for _ in range(_MAX_BATCHES):
        async with database.transaction(recorded=False) as tx:
            signature = await sign_batch(tx, keys)
        if signature is None:
            return
        yield signature


class Verification:
    """A pass over all signatures and events, in chunks, while the server keeps writing."""

    def __init__(
        self, conn: Conn, keys: SigningKeys, expected: SignatureReference | None = None
    ) -> None:
        self._conn = conn
        self._keys = keys.by_id()
        self._expected = expected
        self._last: AuditSignature | None = None
        # The highest signed event id so far, and lower ids that no signature covers yet.
        self._last_id = LOWEST_ID
        self._unaccounted: set[AuditEventId] = set()
        self._event_count = self._signature_count = self._unsigned_count = 0

    async def find_problems(self) -> AsyncGenerator[str]:
        """Yield a sentence for each difference from the recorded and signed events."""
        while signatures := await signature_records.list_signatures(
            self._conn, self._number, _SIGNATURES_AT_ONCE
        ):
            async for problem in self._verify_signatures(signatures):
                yield problem
        async for problem in self._verify_unsigned():
            yield problem
        for event_id in await signature_records.list_unaccounted_events(
            self._conn, self._unaccounted, self._last_id, self._number, limit=_MAX_REPORTED
        ):
            yield f"Event {event_id} is neither signed nor waiting to be signed."
        if self._expected is not None:
            yield f"Signature {self._expected.number} is missing, although it was noted."

    @property
    def result(self) -> VerificationResult:
        """Return how much was verified so far."""
        last = self._last and SignatureReference(self._last.number, self._last.digest)
        return VerificationResult(
            self._event_count, self._signature_count, self._unsigned_count, last
        )

    @property
    def _number(self) -> int:
        return self._last.number if self._last else 0

    async def _verify_signatures(self, signatures: list[AuditSignature]) -> AsyncGenerator[str]:
        ids = [event_id for signature in signatures for event_id in signature.event_ids]
        events = {
            event.id: event
            for event in await signature_records.list_verifiable_events(self._conn, ids)
        }
        for signature in signatures:
            for problem in self._verify_signature(signature):
                yield problem
            for problem in rules.check_signed_events(signature, events, now()):
                yield problem
            self._last = signature
        self._signature_count += len(signatures)
        self._event_count += len(events)
        await self._track_unaccounted(ids)

    def _verify_signature(self, sign_batch: AuditSignature) -> Iterable[str]:
        yield from rules.check_signature(sign_batch, self._last, self._keys)
        if self._expected is not None and self._expected.number == sign_batch.number:
            if self._expected.digest != sign_batch.digest:
                yield f"Signature {sign_batch.number} differs from the noted one."
            self._expected = None

    async def _track_unaccounted(self, signed: list[AuditEventId]) -> None:
        """Track events of this range without a signature; a later signature may cover them."""
        until = max(self._last_id, *signed)
        self._unaccounted.difference_update(signed)
        if len(self._unaccounted) < _MAX_UNACCOUNTED:
            others = await signature_records.list_events_between(
                self._conn, self._last_id, until, signed, limit=_MAX_REPORTED
            )
            self._unaccounted.update(others)
        self._last_id = until

    async def _verify_unsigned(self) -> AsyncGenerator[str]:
        after = LOWEST_ID
        while events := await signature_records.list_unsigned_events(
            self._conn, after, _EVENTS_AT_ONCE
        ):
            for event in events:
                for problem in rules.check_details(event, now()):
                    yield problem
            self._unsigned_count += len(events)
            after = events[-1].id
        for event_id in await signature_records.list_missing_unsigned_events(
            self._conn, _MAX_REPORTED
        ):
            yield f"Event {event_id} waits to be signed but is missing."
