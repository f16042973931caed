"""`veza audit verify` finds every change made by the owner of the database."""

import hashlib
from uuid import UUID

import pytest

from tests.domains.platform.audit.vault_steps import Vault, deed, follow
from veza.core.ids import AuditEventId, new_id
from veza.domains.platform.audit.models import SignatureReference
from veza.domains.platform.audit.queries import signature_records
from veza.domains.platform.audit.rules import hash_event
from veza.domains.platform.audit.service import SigningKeys


async def fill(vault: Vault, signatures: int = 3) -> list[list[AuditEventId]]:
    """Record two events for each signature: one of a member, one of nobody."""
    member = await vault.member()
    filled = []
    for _ in range(signatures):
        filled.append(await vault.record(deed(member.id), deed(None, status=401)))
        assert len(await vault.signature()) == 1
    return filled


async def test_an_unchanged_log_has_no_problems(vault: Vault) -> None:
    await fill(vault)
    await vault.record(deed())

    problems, verification = await vault.verify()

    assert problems == []
    result = verification.result
    assert (result.events, result.signatures, result.waiting) == (6, 3, 1)
    assert result.last is not None
    assert result.last.number == 3


async def test_an_empty_log_has_no_problems(vault: Vault) -> None:
    assert await vault.signature() == []
    problems, verification = await vault.verify()
    assert problems == []
    assert verification.result.last is None


@pytest.mark.parametrize(
    "change",
    [
        "log = 'admin'",
        "subject_id = gen_random_uuid()",
        "subject_id = null",
        "action = 'unlike_track'",
        "route = '/api/v1/tracks'",
        "status = 204",
        "is_member_related = true",
        "digest = sha256('other')",
        "created_at = created_at + interval '1 microsecond'",
    ],
)
async def test_a_changed_event_is_found(vault: Vault, change: str) -> None:
    (_, (event, _), _) = await fill(vault)
    await vault.tamper(f"update audit_events set {change} where id = $1", event)

    assert f"Event {event} of signature 2 was changed." in await vault.problems()


async def test_a_changed_event_whose_hash_was_changed_too_is_found_by_the_signature(
    vault: Vault,
) -> None:
    ((event, other), *_) = await fill(vault)
    await vault.tamper("update audit_events set status = 204 where id = $1", event)
    async with vault.database.read() as conn:
        known = await signature_records.list_verifiable_events(conn, [event, other])
    hashes = b"".join(hash_event(one) for one in sorted(known, key=lambda one: one.id))
    await vault.tamper("update audit_signatures set hashes = $1 where number = 1", hashes)

    assert await vault.problems() == ["Signature 1 was changed."]


async def test_a_deleted_event_is_found(vault: Vault) -> None:
    (_, (event, _), _) = await fill(vault)
    await vault.tamper("delete from audit_events where id = $1", event)

    assert await vault.problems() == [f"Event {event} of signature 2 is missing."]


@pytest.mark.parametrize("place", ["before all", "between", "behind"])
async def test_an_inserted_event_is_found(vault: Vault, place: str) -> None:
    filled = await fill(vault)
    event = {
        "before all": UUID(int=1),
        "between": UUID(int=filled[1][0].int + 1),
        "behind": new_id(),
    }[place]
    sql = """
        insert into audit_events (id, log, action, route, status, is_member_related, digest,
                                  created_at)
             values ($1, 'admin', 'ban', '/', 200, false, sha256(''), now())
    """
    await vault.tamper(sql, event)

    assert await vault.problems() == [f"Event {event} is neither signed nor waiting to be signed."]


async def test_an_event_hidden_from_signing_is_found(vault: Vault) -> None:
    await fill(vault)
    event, other = await vault.record(deed(), deed())
    await vault.tamper("delete from audit_unsigned_events where event_id = $1", event)
    assert await vault.problems() == [f"Event {event} is neither signed nor waiting to be signed."]

    await vault.signature()
    assert await vault.problems() == [f"Event {event} is neither signed nor waiting to be signed."]
    assert event != other


async def test_an_event_that_was_deleted_while_it_waited_is_found(vault: Vault) -> None:
    event, _ = await vault.record(deed(), deed())
    await vault.tamper("delete from audit_events where id = $1", event)
    await vault.signature()

    assert await vault.problems() == [f"Event {event} waits to be signed but is missing."]


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        ([1], "Signature 1 is missing."),
        ([2], "Signature 2 is missing."),
        ([2, 3], "Signatures 2 to 3 are missing."),
    ],
)
async def test_a_deleted_signature_is_found(vault: Vault, numbers: list[int], words: str) -> None:
    filled = await fill(vault, signatures=4)
    await vault.tamper("delete from audit_signatures where number = any($1)", numbers)

    problems = await vault.problems()

    assert problems[0] == words
    lost = [event for number in numbers for event in filled[number - 1]]
    assert {*problems[1:]} == {
        f"Event {one} is neither signed nor waiting to be signed." for one in lost
    }


async def test_a_truncated_log_is_found_with_a_noted_signature(vault: Vault) -> None:
    await fill(vault, signatures=2)
    (_, verification) = await vault.verify()
    note = verification.result.last
    assert note is not None
    assert await vault.problems(note) == []
    await vault.tamper("delete from audit_signatures where number = 2")
    await vault.tamper(
        "delete from audit_events where status in (200, 401) and id in ("
        "select id from audit_events order by id desc limit 2)"
    )

    assert await vault.problems() == []
    assert await vault.problems(note) == ["Signature 2 is missing, although it was noted."]
    # Another one in its place isn't that one.
    await vault.record(deed())
    await vault.signature()
    assert await vault.problems(note) == ["Signature 2 differs from the noted one."]
    assert await vault.problems(SignatureReference(1, b"")) == [
        "Signature 1 differs from the noted one."
    ]


@pytest.mark.parametrize(
    "change",
    [
        "signed_at = signed_at - interval '1 day'",
        "event_ids = array[event_ids[2], event_ids[1]]",
        "digest = sha256('other')",
        "key_id = key_id",
    ],
)
async def test_a_changed_signature_is_found(vault: Vault, change: str) -> None:
    await fill(vault)
    await vault.tamper(f"update audit_signatures set {change} where number = 2")

    problems = await vault.problems()

    assert ("Signature 2 was changed." in problems) == (change != "key_id = key_id")


async def test_a_signature_with_another_predecessor_is_found(vault: Vault) -> None:
    await fill(vault)
    await vault.tamper("update audit_signatures set previous = sha256('other') where number = 2")

    assert await vault.problems() == [
        "Signature 2 does not follow from the previous one.",
        "Signature 2 was changed.",
    ]


async def test_a_log_signed_again_with_another_key_is_found(vault: Vault) -> None:
    await fill(vault)
    forger = Vault(vault.database, vault.urls, SigningKeys(hashlib.sha256(b"a guess").digest()))
    await vault.tamper("insert into audit_unsigned_events select id from audit_events")
    await vault.tamper("delete from audit_signatures")
    await forger.signature()

    assert await forger.problems() == []
    assert await vault.problems() == [
        "Signature 1 was made with an unknown key: pass the former secret with --former-secrets."
    ]


async def test_older_signatures_are_verified_with_the_former_key(vault: Vault) -> None:
    await fill(vault)
    former = vault.keys.current
    vault.keys = SigningKeys(hashlib.sha256(b"a new secret").digest())
    await vault.record(deed())
    await vault.signature()
    assert len(await vault.problems()) == 3

    vault.keys = SigningKeys(vault.keys.current, [former])
    assert await vault.problems() == []


@pytest.mark.parametrize(
    "change",
    [
        "ip = '198.51.100.1'",
        "resource = '/api/v1/tracks/other'",
        "request_id = 'other'",
        "member_id = gen_random_uuid()",
        "salt = uuid_send(gen_random_uuid())",
    ],
)
@pytest.mark.parametrize("whose", [0, 1], ids=["a member's", "nobody's"])
@pytest.mark.parametrize("is_signed", [True, False])
async def test_changed_details_are_found(
    vault: Vault, change: str, whose: int, is_signed: bool
) -> None:
    member = await vault.member()
    event = (await vault.record(deed(member.id), deed()))[whose]
    if is_signed:
        await vault.signature()
    await vault.tamper(f"update audit_details set {change} where event_id = $1", event)

    assert await vault.problems() == [f"The details of event {event} were changed."]


async def test_deleted_details_are_found(vault: Vault) -> None:
    ((event, nobodys), *_) = await fill(vault)
    await vault.tamper("delete from audit_details where event_id in ($1, $2)", event, nobodys)

    assert await vault.problems() == [
        f"The details of event {one} are missing." for one in (event, nobodys)
    ]


async def test_an_event_moved_to_another_member_is_found(vault: Vault) -> None:
    guilty, innocent = await vault.member(), await vault.member()
    (event,) = await vault.record(deed(guilty.id))
    await vault.signature()
    await vault.tamper("update audit_subjects set user_id = $1", innocent.id)

    assert await vault.problems() == [f"The details of event {event} were changed."]


async def test_details_deleted_with_their_member_are_no_problem(vault: Vault) -> None:
    follower, followed = await vault.member(), await vault.member()
    (event,) = await vault.record(follow(follower.id, followed.id))
    await vault.signature()
    await vault.tamper("delete from audit_details where event_id = $1", event)

    assert await vault.problems() == []
