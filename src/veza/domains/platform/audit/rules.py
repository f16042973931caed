"""Decisions without I/O: what is hashed and sealed, and what must be as it was."""

import hashlib
import hmac
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

import msgspec
from msgspec import structs

from veza.core.audit_record import AuditRecord
from veza.core.ids import AuditEventId, UserId
from veza.domains.platform.audit.models import NO_SEAL, KnownEvent, Seal, StoredEvent

MAX_SEALED = 1000
# Where nobody was signed in: long enough to look into an attack.
NOBODYS_KEPT_FOR = timedelta(days=180)

_HASH_BYTES = 32
_PURPOSE = b"veza audit seal"


def without_strangers(deed: AuditRecord, members: Collection[UserId]) -> AuditRecord:
    """Leave out of a deed the id of somebody who is no member: nobody could have it erased."""
    if deed.member_id is None or deed.member_id in members:
        return deed
    return structs.replace(deed, member_id=None, resource=deed.route)


def without_erased(deed: AuditRecord, erased: UserId | None) -> AuditRecord:
    """Leave out of a deed the id of a member who is erased by it."""
    if deed.member_id is None or deed.member_id != erased:
        return deed
    return structs.replace(deed, member_id=None, resource=deed.route)


def details_text(ip: str, resource: str, request_id: str, member_id: UserId | None) -> bytes:
    """Write down what tells of a person, for the digest: the same bytes for the same details."""
    return msgspec.json.encode((ip, resource, request_id, member_id))


def details_digest(event: KnownEvent) -> bytes:
    """Compute the digest of an event whose details are there, as the database did."""
    assert event.ip is not None
    assert event.resource is not None
    assert event.request_id is not None
    assert event.salt is not None
    text = details_text(event.ip, event.resource, event.request_id, event.member_id)
    who = b""
    if event.subject_salt is not None and event.user_id is not None:
        who = event.subject_salt + event.user_id.bytes
    return hashlib.sha256(who + event.salt + text).digest()


def hash_event(event: StoredEvent) -> bytes:
    """Hash an event as it is sealed."""
    columns = [getattr(event, name) for name in StoredEvent.__struct_fields__]
    return hashlib.sha256(msgspec.json.encode(columns)).digest()


def key_id(key: bytes) -> bytes:
    """Name a key without telling it, so that a seal says by which it was made."""
    return hashlib.sha256(_PURPOSE + b" key" + key).digest()[:8]


def make_seal(
    key: bytes, last: Seal | None, events: Sequence[StoredEvent], sealed_at: datetime
) -> Seal:
    """Seal events, and with them all that was sealed before."""
    draft = Seal(
        number=last.number + 1 if last else 1,
        event_ids=[event.id for event in events],
        hashes=b"".join(hash_event(event) for event in events),
        previous=last.digest if last else NO_SEAL,
        key_id=key_id(key),
        digest=b"",
        sealed_at=sealed_at,
    )
    return structs.replace(draft, digest=seal_digest(key, draft))


def seal_digest(key: bytes, seal: Seal) -> bytes:
    """Sign what a seal says."""
    said = (
        seal.number,
        seal.event_ids,
        seal.hashes,
        seal.previous,
        seal.key_id,
        seal.sealed_at,
    )
    return hmac.digest(key, _PURPOSE + msgspec.json.encode(said), hashlib.sha256)


def find_faults_of_seal(
    seal: Seal, last: Seal | None, keys: Mapping[bytes, bytes]
) -> Iterator[str]:
    """Say what is wrong with a seal after the one before it; `keys` by their ids."""
    expected = last.number + 1 if last else 1
    missing = range(expected, seal.number)
    if missing:
        words = f"Seal {missing[0]} is" if len(missing) == 1 else f"Seals {missing[0]} to"
        rest = "" if len(missing) == 1 else f" {missing[-1]} are"
        yield f"{words}{rest} missing."
    elif seal.previous != (last.digest if last else NO_SEAL):
        yield f"Seal {seal.number} doesn't go on from the seal before."
    key = keys.get(seal.key_id)
    if key is None:
        yield f"Seal {seal.number} was made with a key that isn't known: give the former secret."
    elif not hmac.compare_digest(seal_digest(key, seal), seal.digest):
        yield f"Seal {seal.number} was changed."


def find_faults_of_sealed(
    seal: Seal, events: Mapping[AuditEventId, KnownEvent], at: datetime
) -> Iterator[str]:
    """Say which events of a seal aren't as they were when it was made."""
    for place, event_id in enumerate(seal.event_ids):
        event = events.get(event_id)
        if event is None:
            yield f"Event {event_id} of seal {seal.number} is missing."
            continue
        start = place * _HASH_BYTES
        if hash_event(event) != seal.hashes[start : start + _HASH_BYTES]:
            yield f"Event {event_id} of seal {seal.number} was changed."
        yield from find_faults_of_details(event, at)


def find_faults_of_details(event: KnownEvent, at: datetime) -> Iterator[str]:
    """Say whether what tells of an event's person isn't as it was, though nobody was forgotten."""
    is_forgotten = event.subject_id is not None and event.subject_salt is None
    if event.salt is not None:
        if not is_forgotten and details_digest(event) != event.digest:
            yield f"The details of event {event.id} were changed."
        return
    is_over = event.subject_id is None and event.created_at + NOBODYS_KEPT_FOR < at
    if not (is_forgotten or event.is_about_somebody or is_over):
        yield f"The details of event {event.id} are missing."
