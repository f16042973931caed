"""Addresses ask for mail of a profile, confirm and end it; profiles import and export lists."""

import math

from msgspec import Struct, structs

from veza.core.access import Member
from veza.core.addresses import network_of
from veza.core.errors import Allowance, required
from veza.core.ids import (
    LOWEST_ID,
    BroadcastId,
    MailSubscriptionId,
    ProfileId,
    UserId,
    new_id,
)
from veza.core.profiles import Right
from veza.domains.auth.recovery.errors import InvalidLink
from veza.domains.auth.sign_up.service import proofs
from veza.domains.auth.sign_up.service.proofs import FloodGate
from veza.domains.auth.sign_up.service.registration import SignUpContext
from veza.domains.mailings.subscribers import queries, rules
from veza.domains.mailings.subscribers.errors import (
    NoAddresses,
    SubscriptionsFull,
    TooManyImported,
    TooManySubscriptions,
)
from veza.domains.mailings.subscribers.events import Unsubscribed
from veza.domains.mailings.subscribers.models import (
    AskImported,
    ExportedSubscriber,
    ImportForm,
    ImportResult,
    MemberConsent,
    MemberSubscription,
    NamedSender,
    NewSubscription,
    SendConfirmation,
    SubscribeForm,
    SubscriberCounts,
    SubscriptionSource,
    SubscriptionStatus,
    UnsubscribeLink,
)
from veza.domains.platform.suppressions.rules import hash_address
from veza.domains.profiles.errors import ProfileNotFound
from veza.domains.profiles.service.members import ensure_may
from veza.infra.jobs.outbox import emit
from veza.infra.jobs.queue import enqueue
from veza.infra.postgres.database import Conn, Database, Tx
from veza.infra.security.secrets import DerivedKeys
from veza.infra.valkey.client import WindowCounters

_EXPORTED_AT_ONCE = 1000


class SubscriberContext(Struct, frozen=True):
    """The key that signs links, and the counters that limit strangers."""

    keys: DerivedKeys
    gate: FloodGate

    @property
    def counters(self) -> WindowCounters:
        """Return the counts of the server."""
        return self.gate.counters


def create_context(keys: DerivedKeys, sign_up: SignUpContext) -> SubscriberContext:
    """Return a context; as many addresses as sign-ups need no proof of work."""
    return SubscriberContext(keys, structs.replace(sign_up.gate, key=rules.FLOOD_KEY))


async def subscribe(
    database: Database,
    context: SubscriberContext,
    profile_id: ProfileId,
    form: SubscribeForm,
    *,
    ip: str,
) -> None:
    """Ask an address to confirm that it wants mail of a profile.

    What becomes of it is the same for all addresses, so that nothing tells who is there already.
    Raises TooManySubscriptions, ProofRequired, ProfileNotFound and SubscriptionsFull.
    """
    await _ensure_few(context, ip)
    await proofs.ensure_proved(context.gate, form.proof)
    page_id = UserId(profile_id)
    new = NewSubscription(
        page_id, form.email, hash_address(form.email), SubscriptionSource.FORM, form.language
    )
    async with database.transaction() as tx:
        await _ensure_there(tx, page_id)
        if await queries.count_pending(tx, page_id, most=rules.MAX_PENDING) >= rules.MAX_PENDING:
            raise SubscriptionsFull(retry_after=rules.FULL_RETRY_S)
        added = await queries.upsert_pending(
            tx, MailSubscriptionId(new_id()), new, rules.LINK_LIFETIME
        )
        if added is not None:
            await enqueue(tx, SendConfirmation(added), key=f"confirm:{added}")


async def confirm(tx: Tx, context: SubscriberContext, token: str, *, ip: str) -> NamedSender:
    """Confirm an address by the token of the mailed link; again it answers the same.

    Raises InvalidLink.
    """
    subscription_id, signature = required(rules.read_confirmation(token), InvalidLink)
    found = required(await queries.lock_subscription(tx, subscription_id), InvalidLink)
    text = rules.confirmation_text(subscription_id, found.expires_at)
    if not context.keys.is_signed(rules.CONFIRMING, text, signature):
        raise InvalidLink
    if found.status is SubscriptionStatus.PENDING and found.is_open:
        await queries.update_confirmed(
            tx, subscription_id, network=network_of(ip), text_version=rules.TEXT_VERSION
        )
    elif found.status is not SubscriptionStatus.CONFIRMED:
        raise InvalidLink
    return required(await queries.find_sender(tx, found.profile_id), InvalidLink)


def sign_unsubscribe(context: SubscriberContext, link: UnsubscribeLink) -> str:
    """Return the token of a link that ends mail of a profile. It works as long as the server."""
    text = rules.write_unsubscribe_text(link)
    return f"{text}.{context.keys.sign(rules.UNSUBSCRIBING, text)}"


async def unsubscribe(tx: Tx, context: SubscriberContext, token: str) -> NamedSender:
    """End mail of a profile to a member or an address, by a signed link.

    An address of an account ends it for both, as nobody tells the one from the other.
    Raises InvalidLink, and ProfileNotFound if there is no such profile any more.
    """
    text, _, signature = token.rpartition(".")
    if not context.keys.is_signed(rules.UNSUBSCRIBING, text, signature):
        raise InvalidLink
    link = required(rules.read_unsubscribe_text(text), InvalidLink)
    if link.is_member:
        has_ended = await _end_member(tx, link.profile_id, UserId(link.subject_id))
    else:
        has_ended = await _end_address(tx, link)
    if has_ended and link.broadcast_id is not None:
        await emit(tx, Unsubscribed(BroadcastId(link.broadcast_id)))
    found = await queries.find_sender(tx, link.profile_id, also_suspended=True)
    return required(found, ProfileNotFound)


async def show_own(conn: Conn, profile_id: ProfileId, member: Member) -> MemberSubscription:
    """Return whether a member has chosen mail of a profile. Raises ProfileNotFound."""
    required(await queries.find_sender(conn, UserId(profile_id)), ProfileNotFound)
    status = await queries.find_member_status(conn, UserId(profile_id), member.id)
    return MemberSubscription(
        subscribed=status is SubscriptionStatus.CONFIRMED, ended=status is SubscriptionStatus.ENDED
    )


async def choose(
    tx: Tx, profile_id: ProfileId, member: Member, *, subscribed: bool, ip: str
) -> MemberSubscription:
    """Store that a member wants mail of a profile, or none. Raises ProfileNotFound."""
    page_id = UserId(profile_id)
    await _ensure_there(tx, page_id, member.id)
    if subscribed:
        consent = MemberConsent(page_id, member.id, rules.TEXT_VERSION)
        await queries.upsert_member(
            tx, MailSubscriptionId(new_id()), consent, network=network_of(ip)
        )
    else:
        await _end_member(tx, page_id, member.id)
    return await show_own(tx, profile_id, member)


async def count_subscribers(conn: Conn, profile_id: ProfileId, member: Member) -> SubscriberCounts:
    """Return how many get mail of a profile. Raises ProfileNotFound and NotYourProfile."""
    await ensure_may(conn, profile_id, member, Right.MANAGE)
    return await queries.count_subscriptions(conn, UserId(profile_id))


async def import_list(
    tx: Tx, counters: WindowCounters, profile_id: ProfileId, member: Member, form: ImportForm
) -> ImportResult:
    """Ask the addresses of a list to confirm, each once, whatever it answers.

    Raises ProfileNotFound, NotYourProfile, NoAddresses, SubscriptionsFull and TooManyImported.
    """
    await ensure_may(tx, profile_id, member, Right.MANAGE)
    addresses, invalid = rules.find_addresses(form.csv)
    if not addresses:
        raise NoAddresses
    page_id = UserId(profile_id)
    await _ensure_there(tx, page_id)
    waiting = await queries.count_pending(tx, page_id, most=rules.MAX_PENDING)
    if waiting + len(addresses) > rules.MAX_PENDING:
        raise SubscriptionsFull(retry_after=rules.FULL_RETRY_S)
    key = f"mail-imports:{profile_id}"
    window = await counters.add(key, rules.IMPORT_WINDOW_S, times=len(addresses))
    if window.count > rules.MAX_IMPORTED:
        raise TooManyImported
    news = [
        NewSubscription(page_id, each, hash_address(each), SubscriptionSource.IMPORT, form.language)
        for each in addresses
    ]
    ids = [MailSubscriptionId(new_id()) for _ in news]
    asked = await queries.insert_imported(tx, news, ids, rules.IMPORT_LINK_LIFETIME)
    await enqueue(tx, AskImported(), key="ask-imported", also_while_running=True)
    return ImportResult(asked, len(addresses) - asked, invalid)


async def list_all(conn: Conn, profile_id: ProfileId, member: Member) -> list[ExportedSubscriber]:
    """Return all subscribers who have consented that the profile gets their address.

    Raises ProfileNotFound and NotYourProfile.
    """
    await ensure_may(conn, profile_id, member, Right.MANAGE)
    found: list[ExportedSubscriber] = []
    after = MailSubscriptionId(LOWEST_ID)
    while page := await queries.list_subscribers(
        conn, UserId(profile_id), after, limit=_EXPORTED_AT_ONCE
    ):
        found += page
        after = page[-1].id
    return found


async def move(tx: Tx, user_id: UserId, into_id: UserId) -> None:
    """Give the subscriptions of a page to another profile. What is ended at either stays so."""
    await queries.end_as_other(tx, user_id, into_id)
    await queries.update_profile(tx, user_id, into_id)


async def _ensure_there(tx: Tx, profile_id: UserId, *member_ids: UserId) -> None:
    """Raise ProfileNotFound if a profile is gone or suspended, or the member was just erased."""
    is_there = await queries.lock_members(tx, profile_id, *member_ids)
    required(await queries.find_sender(tx, profile_id) if is_there else None, ProfileNotFound)


async def _end_member(tx: Tx, profile_id: UserId, user_id: UserId) -> bool:
    email = await queries.find_email(tx, user_id)
    if email is None:
        return False
    await queries.end_of_address(tx, profile_id, hash_address(email))
    return await queries.end_of_member(tx, MailSubscriptionId(new_id()), profile_id, user_id)


async def _end_address(tx: Tx, link: UnsubscribeLink) -> bool:
    subscription_id = MailSubscriptionId(link.subject_id)
    found = await queries.find_address(tx, link.profile_id, subscription_id)
    if found is None:
        return False
    if found.user_id is not None:
        new = MailSubscriptionId(new_id())
        await queries.end_of_member(tx, new, link.profile_id, found.user_id)
    return await queries.end_of_address(tx, link.profile_id, found.address_hash)


async def _ensure_few(context: SubscriberContext, ip: str) -> None:
    window = await context.counters.add(f"mail-subscriptions:{network_of(ip)}", rules.WINDOW_S)
    if window.count > rules.MAX_FROM_NETWORK:
        wait_s = max(1, math.ceil(window.ends_in_s))
        allowance = Allowance(rules.MAX_FROM_NETWORK, rules.WINDOW_S)
        raise TooManySubscriptions(retry_after=wait_s, allowance=allowance)
