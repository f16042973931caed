"""Signatures chain hashes of events; details are covered by a digest, so they can be erased."""

import hashlib
import hmac
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

import msgspec
from msgspec import structs

from veza.core.audit_record import AuditRecord
from veza.core.ids import AuditEventId, UserId
from veza.domains.platform.audit.models import (
    NO_SIGNATURE,
    AuditSignature,
    StoredAuditEvent,
    VerifiableEvent,
)

MAX_BATCH = 1000
# For requests without a signed-in member: long enough to investigate an attack.
ANONYMOUS_KEPT_FOR = timedelta(days=180)

_HASH_BYTES = 32
_PURPOSE = b"veza audit signature"


def without_unknown_member(record: AuditRecord, members: Collection[UserId]) -> AuditRecord:
    """Remove the id of a member who does not exist: it could never be erased."""
    if record.member_id is None or record.member_id in members:
        return record
    return structs.replace(record, member_id=None, resource=record.route)


def without_erased_member(record: AuditRecord, erased: UserId | None) -> AuditRecord:
    """Remove the id of the member whom the recorded request erases."""
    if record.member_id is None or record.member_id != erased:
        return record
    return structs.replace(record, member_id=None, resource=record.route)


def details_text(
    ip: str,
    resource: str,
    request_id: str,
    *,
    member_id: UserId | None,
    profile_id: UserId | None,
) -> bytes:
    """Return the personal details as bytes for the digest, always in the same form.

    That of what a member did as themselves is as it was before there were profiles.
    """
    acted_as = () if profile_id is None else (profile_id,)
    return msgspec.json.encode((ip, resource, request_id, member_id, *acted_as))


def details_digest(event: VerifiableEvent) -> bytes:
    """Compute the digest of an event from its details, as the database did."""
    assert event.ip is not None
    assert event.resource is not None
    assert event.request_id is not None
    assert event.salt is not None
    text = details_text(
        event.ip,
        event.resource,
        event.request_id,
        member_id=event.member_id,
        profile_id=event.profile_id,
    )
    subject = b""
    if event.subject_salt is not None and event.user_id is not None:
        subject = event.subject_salt + event.user_id.bytes
    return hashlib.sha256(subject + event.salt + text).digest()


def hash_event(event: StoredAuditEvent) -> bytes:
    """Return the hash of an event that its signature covers."""
    columns = [getattr(event, name) for name in StoredAuditEvent.__struct_fields__]
    return hashlib.sha256(msgspec.json.encode(columns)).digest()


def key_id(key: bytes) -> bytes:
    """Return a public identifier of a signing key."""
    return hashlib.sha256(_PURPOSE + b" key" + key).digest()[:8]


def sign_events(
    key: bytes, last: AuditSignature | None, events: Sequence[StoredAuditEvent], signed_at: datetime
) -> AuditSignature:
    """Sign a batch of events, chained to the previous signature."""
    draft = AuditSignature(
        number=last.number + 1 if last else 1,
        event_ids=[event.id for event in events],
        hashes=b"".join(hash_event(event) for event in events),
        previous=last.digest if last else NO_SIGNATURE,
        key_id=key_id(key),
        digest=b"",
        signed_at=signed_at,
    )
    return structs.replace(draft, digest=signature_digest(key, draft))


def signature_digest(key: bytes, signature: AuditSignature) -> bytes:
    """Return the HMAC of a signature's content."""
    content = (
        signature.number,
        signature.event_ids,
        signature.hashes,
        signature.previous,
        signature.key_id,
        signature.signed_at,
    )
    return hmac.digest(key, _PURPOSE + msgspec.json.encode(content), hashlib.sha256)


def check_signature(
    signature: AuditSignature, last: AuditSignature | None, keys: Mapping[bytes, bytes]
) -> Iterator[str]:
    """Yield the problems of a signature, given the previous signature.

    `keys` are the known keys by their ids.
    """
    expected = last.number + 1 if last else 1
    missing = range(expected, signature.number)
    if len(missing) == 1:
        yield f"Signature {expected} is missing."
    elif missing:
        yield f"Signatures {expected} to {missing[-1]} are missing."
    elif signature.previous != (last.digest if last else NO_SIGNATURE):
        yield f"Signature {signature.number} does not follow from the previous one."
    key = keys.get(signature.key_id)
    if key is None:
        yield (
            f"Signature {signature.number} was made with an unknown key: "
            "pass the former secret with --former-secrets."
        )
    elif not hmac.compare_digest(signature_digest(key, signature), signature.digest):
        yield f"Signature {signature.number} was changed."


def check_signed_events(
    signature: AuditSignature, events: Mapping[AuditEventId, VerifiableEvent], at: datetime
) -> Iterator[str]:
    """Yield which events of a batch are missing or changed."""
    for place, event_id in enumerate(signature.event_ids):
        event = events.get(event_id)
        if event is None:
            yield f"Event {event_id} of signature {signature.number} is missing."
            continue
        start = place * _HASH_BYTES
        if hash_event(event) != signature.hashes[start : start + _HASH_BYTES]:
            yield f"Event {event_id} of signature {signature.number} was changed."
        yield from check_details(event, at)


def check_details(event: VerifiableEvent, at: datetime) -> Iterator[str]:
    """Yield whether the details of an event are missing or changed without an erasure."""
    is_erased = event.subject_id is not None and event.subject_salt is None
    if event.salt is not None:
        if not is_erased and details_digest(event) != event.digest:
            yield f"The details of event {event.id} were changed."
        return
    is_expired = event.subject_id is None and event.created_at + ANONYMOUS_KEPT_FOR < at
    if not (is_erased or event.is_member_related or is_expired):
        yield f"The details of event {event.id} are missing."
