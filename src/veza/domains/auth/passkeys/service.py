"""A challenge is answered once; a counter that did not rise is told to the member."""

import math
import secrets

import structlog
from msgspec import Struct

from veza.core.addresses import network_of
from veza.core.errors import Allowance
from veza.core.ids import PasskeyId, UserId, new_id
from veza.domains.auth.passkeys import queries, rules
from veza.domains.auth.passkeys.errors import (
    PasskeyChallengeOver,
    PasskeyExists,
    PasskeyNotFound,
    PasskeyUnreadable,
    TooManyPasskeyChallenges,
    TooManyPasskeys,
)
from veza.domains.auth.passkeys.models import (
    CheckedPasskey,
    ExpectedChallenge,
    NewPasskeyRow,
    PasskeyAnswer,
    PasskeyCreationOptions,
    PasskeyEntity,
    PasskeyForm,
    PasskeyOwner,
    PasskeyPurpose,
    PasskeyRename,
    PasskeyRequestOptions,
    PasskeyUse,
)
from veza.domains.auth.sessions.events import SecurityNoticed
from veza.domains.auth.sessions.models import NoticeKind
from veza.infra.jobs.outbox import emit
from veza.infra.postgres.database import Database, Tx
from veza.infra.security.passkeys import (
    ALGORITHMS,
    BadPasskey,
    Registered,
    RelyingParty,
    Signed,
    decode,
    encode,
    read_challenge,
)
from veza.infra.valkey.client import WindowCounters

log = structlog.get_logger()


class PasskeyContext(Struct, frozen=True):
    """The domain that passkeys belong to, and the limit of sign-ins that a network begins."""

    relying_party: RelyingParty
    counters: WindowCounters


async def begin_sign_in(
    database: Database, context: PasskeyContext, *, ip: str
) -> PasskeyRequestOptions:
    """Return options for signing in, which name no passkey: the device offers those that it has.

    Raises TooManyPasskeyChallenges.
    """
    key = rules.network_key(network_of(ip))
    lifetime_s = int(rules.CHALLENGE_LIFETIME.total_seconds())
    window = await context.counters.add(key, lifetime_s)
    if window.count > rules.MAX_SIGN_INS_OF_NETWORK:
        wait_s = max(1, math.ceil(window.ends_in_s))
        allowance = Allowance(rules.MAX_SIGN_INS_OF_NETWORK, lifetime_s)
        raise TooManyPasskeyChallenges(retry_after=wait_s, allowance=allowance)
    async with database.transaction() as tx:
        challenge = await _create_challenge(tx, ExpectedChallenge(PasskeyPurpose.SIGN_IN))
    return rules.describe_request(context.relying_party.domain, challenge=challenge, allowed=[])


async def begin_proof(
    tx: Tx, context: PasskeyContext, expected: ExpectedChallenge, user_id: UserId
) -> PasskeyRequestOptions:
    """Return options for a proof by a member who is known. Raises PasskeyNotFound."""
    held = await queries.list_credential_ids(tx, user_id)
    if not held:
        raise PasskeyNotFound
    challenge = await _create_challenge(tx, expected)
    return rules.describe_request(
        context.relying_party.domain, challenge=challenge, allowed=[encode(each) for each in held]
    )


async def begin_registration(
    tx: Tx, context: PasskeyContext, user_id: UserId, username: str
) -> PasskeyCreationOptions:
    """Return options for a new passkey. Raises TooManyPasskeys."""
    held = await queries.list_credential_ids(tx, user_id)
    if len(held) >= rules.MAX_PASSKEYS:
        raise TooManyPasskeys
    expected = ExpectedChallenge(PasskeyPurpose.REGISTER, user_id)
    return rules.describe_creation(
        PasskeyEntity(context.relying_party.domain, context.relying_party.name),
        PasskeyOwner(encode(user_id.bytes), username, username),
        challenge=await _create_challenge(tx, expected),
        algorithms=ALGORITHMS,
        excluded=[encode(each) for each in held],
    )


async def register(tx: Tx, context: PasskeyContext, user_id: UserId, form: PasskeyForm) -> None:
    """Store a new passkey of a member, whom the caller has locked.

    Raises PasskeyUnreadable, PasskeyChallengeOver, PasskeyExists and TooManyPasskeys. The challenge
    of one that is refused stays: only its owner can use it.
    """
    sent = form.credential.response
    expected = ExpectedChallenge(PasskeyPurpose.REGISTER, user_id)
    try:
        challenge = read_challenge(sent.client_data_json)
        if not await _use_challenge(tx, challenge, expected):
            raise PasskeyChallengeOver
        made = context.relying_party.check_registration(
            challenge, Registered(sent.client_data_json, sent.attestation_object)
        )
    except BadPasskey as error:
        log.info("passkey_unreadable", reason=str(error))
        raise PasskeyUnreadable from error
    if len(await queries.list_credential_ids(tx, user_id)) >= rules.MAX_PASSKEYS:
        raise TooManyPasskeys
    row = NewPasskeyRow(
        PasskeyId(new_id()),
        user_id,
        made.credential_id,
        made.public_key,
        form.name.strip(),
        made.counter,
        made.is_backed_up,
    )
    if not await queries.insert_passkey(tx, row):
        raise PasskeyExists


async def check_answer(
    tx: Tx, context: PasskeyContext, answer: PasskeyAnswer, expected: ExpectedChallenge
) -> CheckedPasskey | None:
    """Use up the challenge of an answer; return its passkey if the signature is right.

    The caller commits in either case, and lets `use_passkey` look at the counter.
    """
    sent = answer.response
    try:
        challenge = read_challenge(sent.client_data_json)
        if not await _use_challenge(tx, challenge, expected):
            return None
        stored = await queries.find_passkey(tx, decode(answer.id))
        if stored is None or expected.user_id not in {None, stored.user_id}:
            return None
        facts = context.relying_party.check_signature(
            challenge,
            stored.credential_id,
            stored.public_key,
            Signed(sent.client_data_json, sent.authenticator_data, sent.signature),
        )
        # A device that found the passkey by itself must say whose it is.
        is_named = sent.user_handle is not None or expected.user_id is not None
        handle = stored.user_id.bytes if sent.user_handle is None else decode(sent.user_handle)
    except BadPasskey as error:
        log.info("passkey_refused", reason=str(error))
        return None
    if not is_named or not rules.is_owner(handle, stored.user_id):
        return None
    return CheckedPasskey(stored.id, stored.user_id, facts.counter, facts.is_backed_up)


async def use_passkey(tx: Tx, checked: CheckedPasskey) -> PasskeyUse:
    """Store the use of a passkey; its member is told if it may have been copied.

    The caller commits in any case.
    """
    counter = await queries.lock_counter(tx, checked.id)
    if counter is None:
        return PasskeyUse.GONE
    if not rules.has_risen(counter, checked.counter):
        log.warning("passkey_copied", passkey_id=str(checked.id), user_id=str(checked.user_id))
        await emit(tx, SecurityNoticed(checked.user_id, NoticeKind.PASSKEY_COPIED))
        return PasskeyUse.COPIED
    await queries.update_passkey_used(tx, checked)
    return PasskeyUse.ACCEPTED


async def rename(tx: Tx, user_id: UserId, passkey_id: PasskeyId, form: PasskeyRename) -> None:
    """Rename a passkey of a member. Raises PasskeyNotFound."""
    if not await queries.update_passkey_name(tx, user_id, passkey_id, form.name.strip()):
        raise PasskeyNotFound


async def remove(tx: Tx, user_id: UserId, passkey_id: PasskeyId) -> None:
    """Remove a passkey of a member, whom the caller has locked. Raises PasskeyNotFound."""
    if not await queries.delete_passkey(tx, user_id, passkey_id):
        raise PasskeyNotFound


async def _create_challenge(tx: Tx, expected: ExpectedChallenge) -> str:
    challenge = secrets.token_bytes(rules.CHALLENGE_BYTES)
    await queries.insert_challenge(
        tx, rules.hash_of_challenge(challenge), expected, rules.CHALLENGE_LIFETIME
    )
    if expected.user_id is not None:
        await queries.delete_surplus_challenges(
            tx, expected.user_id, expected.purpose, rules.MAX_CHALLENGES
        )
    return encode(challenge)


async def _use_challenge(tx: Tx, challenge: bytes, expected: ExpectedChallenge) -> bool:
    return await queries.delete_challenge(tx, rules.hash_of_challenge(challenge), expected)
