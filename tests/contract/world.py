"""A served Veza with people and things in it, for tests that go over the whole document.

What a path or a body names exists here, so that they reach what is behind the first look.
"""

import hashlib
import itertools
import re
import tempfile
from collections.abc import AsyncIterator, Iterator, Set
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import msgspec
from anyio.from_thread import BlockingPortal, start_blocking_portal

from tests import make, sounds
from tests.domains.auth.factors.steps import current_code
from tests.fakes import hyperswitch, stripe
from tests.fakes.authenticator import ORIGIN, SoftKey
from tests.fakes.openid_provider import FakeOpenIdProvider
from tests.journeys.served import Server, calling, served, wait_for_track
from veza.app.service_registry import create_registry
from veza.app.services import Services, open_services
from veza.app.settings.setting_types import Environment
from veza.app.settings.settings import Settings
from veza.core.access import Role
from veza.core.clock import now
from veza.core.ids import (
    ArchiveId,
    ImageId,
    MailSubscriptionId,
    MembershipId,
    ModerationActionId,
    OrderId,
    OrderItemId,
    ProductId,
    ProfileId,
    RefundId,
    ReleaseId,
    StreamId,
    TrackId,
    UserId,
    new_id,
)
from veza.core.languages import Language
from veza.core.profiles import PageKind, ProfileRole
from veza.core.redeem_codes import generate_code, hash_of
from veza.core.signed_urls import Resource, UrlBuilder
from veza.core.visibility import Visibility
from veza.domains.auth.accounts import shared_queries as account_queries
from veza.domains.auth.accounts.service import suspensions
from veza.domains.auth.factors.models import TotpForm
from veza.domains.auth.factors.service import (
    authenticator_apps,
    challenges,
    passkey_factors,
    recovery_codes,
)
from veza.domains.auth.passkeys import service as passkeys
from veza.domains.auth.passkeys import shared_queries as passkey_queries
from veza.domains.auth.passkeys.models import PasskeyForm
from veza.domains.auth.recovery import service as recovery
from veza.domains.auth.recovery.models import EmailToken, FactorRecoveryForm, MailPurpose, SendMail
from veza.domains.auth.recovery.queries import upsert_token
from veza.domains.auth.recovery.rules import hash_token
from veza.domains.chat.messages.models.messages import MessageForm
from veza.domains.chat.messages.service import sent_messages
from veza.domains.cloud.files import service as files
from veza.domains.images import rules as image_rules
from veza.domains.images.models import SMALL_SIDES_PX
from veza.domains.images.service import images
from veza.domains.listening import service as listening
from veza.domains.listening.models import ListeningForm
from veza.domains.mailings.broadcasts.models import BroadcastForm
from veza.domains.mailings.broadcasts.service import drafts
from veza.domains.mailings.subscribers import queries as subscriptions
from veza.domains.mailings.subscribers import rules as subscriber_rules
from veza.domains.mailings.subscribers.models import (
    NewSubscription,
    SubscriptionSource,
    UnsubscribeLink,
)
from veza.domains.marketplace.archives.queries import archives
from veza.domains.marketplace.archives.rules import archive_key
from veza.domains.marketplace.commissions.models import EntryForm, Step
from veza.domains.marketplace.commissions.service import steps as commissions
from veza.domains.marketplace.gifts import rules as gift_rules
from veza.domains.marketplace.gifts.service import GiftDesk
from veza.domains.marketplace.invoices import service as invoices
from veza.domains.marketplace.memberships.models.changes import (
    CancelRequested,
    MembershipEvent,
    PauseRequested,
)
from veza.domains.marketplace.memberships.service import own as own_memberships
from veza.domains.marketplace.orders.queries.guests import find_delivery
from veza.domains.marketplace.orders.service import settlement
from veza.domains.marketplace.orders.service.guest_orders import GuestDesk
from veza.domains.marketplace.refunds.models import RefundClaim, RefundForm, RefundStatus
from veza.domains.marketplace.refunds.queries import update_status
from veza.domains.marketplace.refunds.service import requested_refunds
from veza.domains.marketplace.sellers import rules as seller_rules
from veza.domains.marketplace.sellers import service as sellers
from veza.domains.marketplace.splits import service as splits
from veza.domains.marketplace.splits.models import SplitForm, SplitPartForm, SplitTarget
from veza.domains.music.audio.rules import original_key
from veza.domains.music.playlists.models.playlists import PlaylistForm
from veza.domains.music.playlists.service import editors as playlist_editors
from veza.domains.music.playlists.service import playlists
from veza.domains.notifications.by_mail.models import UnsubscribeToken
from veza.domains.notifications.by_mail.rules import sign_token as sign_mail_token
from veza.domains.notifications.preferences.models import NotificationKind
from veza.domains.platform.site_controls import service as control
from veza.domains.platform.site_controls.models import AnnouncementForm, FlagChange
from veza.domains.platform.suppressions.rules import hash_address
from veza.domains.platform.text_filters.events import TEXT_FILTERS_CHANGED
from veza.domains.platform.uploads.models import ResumableRequest
from veza.domains.platform.uploads.resumable import creation
from veza.domains.platform.uploads.resumable.purposes import ResumableUploads
from veza.domains.profiles.models.invitations import ProfileInvitationForm
from veza.domains.profiles.models.roster import RosterForm, RosterScope
from veza.domains.profiles.service import invitations, roster
from veza.domains.shows.models.episodes import EpisodeRef
from veza.domains.shows.service import episodes
from veza.domains.shows.service import keys as show_keys
from veza.infra.payments.provider import PaymentRequest
from veza.infra.postgres.database import Tx
from veza.infra.postgres.revisions import announce
from veza.infra.security.passwords import Passwords

_FLAG = "new_player"
_HOOK_SECRET = "what the ingest alone knows"
# It is over, so that there may be any number of them.
_ENDED = AnnouncementForm(
    title="Loudness has come",
    content="In LUFS.",
    starts_at=datetime(2020, 1, 1, tzinfo=UTC),
    ends_at=datetime(2020, 1, 2, tzinfo=UTC),
)

type Json = dict[str, Any]
type Things = dict[str, Any]

# As the document's examples have it, so that they succeed where a password is asked for.
PASSWORD = "SecureP@ssw0rd"

# What ends its caller's own access, and how: here each call has a member of its own.
ENDS_ACCESS = {
    "logout": "ends the session",
    "refresh": "spends the refresh token",
    "refresh_of_session": "spends the refresh token",
    "logout_session": "ends the session",
    "logout_everywhere": "ends all sessions",
    "reset_password": "spends the link",
    "disavow": "ends all sessions",
    "verify_email": "spends the link",
    "delete_account": "erases the account",
    "change_password": "is refused for a while after ten wrong passwords",
    "complete_login": "spends the challenge",
    "confirm_totp": "spends the code",
    "remove_totp": "removes the factor",
    "create_passkey": "spends the challenge",
    "remove_passkey": "removes the factor",
    "rename_passkey": "is for members with a passkey",
    "sign_in_with_passkey": "spends the challenge",
    "begin_factor_passkey": "is for members with a factor",
    "begin_step_up": "is for members with a factor",
    "cancel_factor_recovery": "ends the recovery",
}
# Of these, the ones that must be given a refresh token to do what they are for.
_SPENDS_TOKENS = {"logout", "refresh", "refresh_of_session"}
# And those that must be given what stands in a mail.
_SPENDS_LINKS = {
    "reset_password": MailPurpose.PASSWORD_RESET,
    "disavow": MailPurpose.NEW_DEVICE,
    "verify_email": MailPurpose.EMAIL_VERIFICATION,
}

_NOBODY = str(UUID(int=1))
# And those that must be given the token of a preview: its path and form.
_NEEDS_PREVIEW: dict[str, tuple[str, Json]] = {
    "change_members_in_bulk": (
        "members",
        {"action": "suspend", "reason": "Spam.", "user_ids": [_NOBODY]},
    ),
    "close_reports_in_bulk": ("reports", {"action": "dismiss", "report_ids": [_NOBODY]}),
}

# What leaves the server closed to others, or to newcomers, until it is opened again.
CLOSES = {"set_maintenance", "set_sign_up_mode", "add_mail_domains", "set_text_filter"}

_METHODS = ("get", "post", "put", "patch", "delete")

# What requests of resumable uploads must say, as a cloud file called `a`.
UPLOAD_HEADERS = {
    "Tus-Resumable": "1.0.0",
    "Upload-Metadata": "purpose Y2xvdWRfZmlsZQ==,filename YQ==",
    "Upload-Length": "1000000",
    "Upload-Offset": "0",
    "Upload-Concat": "",
    "Upload-Checksum": "",
}


def list_operations(document: Json) -> list[tuple[str, str, Json]]:
    """List every operation: its method, its path and what is said of it."""
    return [
        (method.upper(), path, operations[method])
        for path, operations in document["paths"].items()
        for method in _METHODS
        if method in operations
    ]


class World:
    """People and things on a server, made by the program's own use cases."""

    def __init__(
        self, server: Server, services: Services, portal: BlockingPortal, folder: Path
    ) -> None:
        self.server = server
        self._services = services
        self._portal = portal
        self._addresses = itertools.count(1)
        self._hash = portal.call(_hash_password)
        self._sound = sounds.write(folder / "tone.flac", sounds.sine(1))
        self._cover = sounds.picture(folder / "cover.png", width=32, height=32)
        self._opener = self.person(Role.ADMIN)
        self.heard = self._upload_track(self.person(Role.CREATOR))
        self.seen = portal.call(_make_image, services, self.person(), self._cover)

    def person(self, role: Role = Role.USER) -> make.Person:
        """Make a member whose password is the one of the examples."""
        return self._portal.call(_make_person, self._services, role, self._hash)

    def things_of(
        self, owner: make.Person, names: Set[str] | None = None, *, is_private: bool = False
    ) -> Things:
        """Make what a member may have, of which a call may have these names: see `make_things`."""
        visibility = "private" if is_private else "public"
        made = self._portal.call(make_things, self._services, owner, visibility, names)
        return made | {"file": self._sound.read_bytes(), "cover": self._cover.read_bytes()}

    def suspend(self, person_id: str) -> None:
        """Suspend somebody."""
        self._portal.call(_suspend, self._services, person_id)

    def spent_by(self, name: str, person: make.Person) -> Things:
        """Make what an operation spends, where it spends something."""
        if name in _SPENDS_TOKENS:
            return {"refresh_token": self.sign_in(person)["refresh_token"]}
        if name == "logout_session":
            return {"session_id": str(person.member.session_id)}
        if name in _MAKERS:
            return self._portal.call(_MAKERS[name], self._services)
        if name in _FACTOR_MAKERS:
            return self._portal.call(_FACTOR_MAKERS[name], self._services, person)
        if name in _SPENDS_LINKS:
            purpose = _SPENDS_LINKS[name]
            return {"token": self._portal.call(_make_link, self._services, person, purpose)}
        return self._preview(*_NEEDS_PREVIEW[name], person) if name in _NEEDS_PREVIEW else {}

    def _preview(self, path: str, form: Json, person: make.Person) -> Things:
        """Return the token of a preview, for who may see it."""
        url = f"{self.server.url}/api/v1/admin/bulk/{path}/preview"
        answer = httpx.post(url, json=form, headers=self.headers(person), timeout=60, verify=False)
        return {"token": answer.json()["data"]["token"]} if answer.is_success else {}

    def sign_in(self, person: make.Person) -> Json:
        """Sign in with the password; give the tokens."""
        given = {"email": f"{person.username}@example.com", "password": PASSWORD}
        url = f"{self.server.url}/api/v1/auth/login"
        # There is nothing to verify, and reading the authorities takes longer than the call.
        answer = httpx.post(url, json=given, headers=self.headers(None), timeout=60, verify=False)
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]

    def signature_of(self, name: str, body: bytes) -> dict[str, str]:
        """Sign a body as the company does at whose door an operation stands, if it is such one."""
        secret = self._services.webhook_secrets.payments_secret
        match name:
            case "receive_hyperswitch_event":
                return {"X-Hyperswitch-Signature": hyperswitch.sign(secret, body)}
            case "receive_stripe_event":
                return {"Stripe-Signature": stripe.sign(body)}
            case "receive_mail_report":
                return {"X-Mail-Secret": _HOOK_SECRET, "Content-Type": "application/json"}
            case _:
                return {}

    def unused_key(self) -> str:
        """Make the stream key of somebody who isn't on air."""
        return self._portal.call(make.stream_key, self._services, self.person())

    def unknown_id(self) -> str:
        """Make the id of nothing."""
        return str(new_id())

    def reopen(self) -> None:
        """Switch maintenance off, and open sign-up to everybody."""
        self._portal.call(open_sign_up, self._services)
        headers = self.headers(self._opener)
        url = f"{self.server.url}/api/v1/admin/maintenance"
        answer = httpx.put(url, json={"enabled": False}, headers=headers, timeout=60, verify=False)
        assert answer.status_code == 200, answer.text

    def headers(self, person: make.Person | None) -> dict[str, str]:
        """Sign a request, from a network that nobody else has: no limit is met by chance."""
        number = next(self._addresses)
        address = f"2001:db8:{number >> 16:x}:{number & 0xFFFF:x}::1"
        return {"X-Forwarded-For": address} | (person.headers if person else {})

    def _upload_track(self, owner: make.Person) -> str:
        with calling(self.server, owner.token) as client:
            form = {"title": "Night Ferry", "downloadable": "true"}
            files = {
                name: (path.name, path.read_bytes())
                for name, path in {"file": self._sound, "cover": self._cover}.items()
            }
            answer = client.post("tracks", data=form, files=files)
            assert answer.status_code == 201, answer.text
            track_id = answer.json()["data"]["id"]
            assert wait_for_track(client, track_id)["status"] == "ready"
            answer = client.put(f"tracks/{track_id}/lyrics", json={"plain": "Over the water"})
            assert answer.status_code == 200, answer.text
        return track_id


@contextmanager
def a_world(folder: Path) -> Iterator[World]:
    """A server of one's own, which trusts us to tell it from where we call."""
    settings = {
        "VEZA_TRUSTED_PROXIES": "127.0.0.1/32",
        "VEZA_STRIPE_WEBHOOK_SECRET": stripe.WEBHOOK_SECRET,
        "VEZA_LIVE_HOOK_SECRET": _HOOK_SECRET,
        "VEZA_MAIL_WEBHOOK_SECRET": _HOOK_SECRET,
        # Where members' devices believe to be.
        "VEZA_APP_URL": ORIGIN,
        "VEZA_LIVE_INGEST_ADDRESSES": "2001:db8::/32",
        "VEZA_METRICS_ADDRESSES": "2001:db8::/32",
        "VEZA_MEMBER_INVITATIONS": "100",
        "VEZA_BACKUP_TARGET": str(folder / "backups"),
    }
    with (
        FakeOpenIdProvider() as provider,
        served("--workers", "1", **settings, **provider.settings) as server,
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(
            open_services(Settings(env=Environment.TEST, data_dir=server.data_dir))
        ) as services,
    ):
        yield World(server, services, portal, folder)


async def _hash_password() -> str:
    passwords = Passwords(threads=1)
    try:
        return await passwords.hash(PASSWORD)
    finally:
        passwords.close()


async def _make_person(services: Services, role: Role, password_hash: str) -> make.Person:
    person = await make.person(services, role)
    async with services.database.transaction() as tx:
        await tx.run("update users set password_hash = $1 where id = $2", password_hash, person.id)
        # Tests of one member may take longer than a proof of identity lasts.
        sql = "update sessions set proved_at = now() + interval '1 day' where user_id = $1"
        await tx.run(sql, person.id)
    return person


@dataclass(frozen=True)
class _Owned:
    """A member, the track that they have, and the texts of whatever else is theirs."""

    services: Services
    owner: make.Person
    visibility: str
    track_id: TrackId
    title: str
    content: str


async def make_things(
    services: Services, owner: make.Person, visibility: str, names: Set[str] | None = None
) -> Things:
    """Make what a member may have, by the name in paths and bodies.

    What takes long to make is made only with one of the `names` in it; without any, all is made.
    """
    texts = f"Night Ferry {owner.username}", f"That bass! {owner.username}"
    owned = _Owned(services, owner, visibility, TrackId(new_id()), *texts)
    made = await _make_own(owned)
    for maker, named in _PARTS.items():
        if names is None or not named.isdisjoint(names):
            part = await maker(owned)
            assert part.keys() == named, maker.__name__
            made |= part
    return made


def names_in(path: str, operation: Json, document: Json) -> set[str]:
    """Return what a call may name: in its path, its query and headers, and its body's fields."""
    names = set(re.findall(r"{(\w+)}", path))
    names |= {each["name"] for each in operation.get("parameters", ()) if "name" in each}
    for content in operation.get("requestBody", {}).get("content", {}).values():
        names |= _fields_of(content["schema"], document)
    return names


def _fields_of(schema: Json, document: Json) -> set[str]:
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].split("/")[-1]]
    either = (_fields_of(inner, document) for inner in schema.get("oneOf", ()))
    return set(schema.get("properties", {})).union(*either)


async def _make_own(owned: _Owned) -> Things:
    services, owner, title, track_id = owned.services, owned.owner, owned.title, owned.track_id
    comment_id = new_id()
    async with services.database.transaction() as tx:
        session_id = await make.session_in(tx, owner.id)
        key = await make.key_in(tx, owner.id)
        app_password = await make.app_password_in(services, tx, owner.id)
        identity_id = await make.identity(tx, owner.id)
        # With a passkey of their own, the owner would have to prove who they are again and again.
        passkey_id = await make.passkey_in(tx, (await make.member_in(tx))[0].id)
        details = {"id": track_id, "visibility": owned.visibility, "comments_count": 1}
        await make.bare_track(tx, owner.member, title, **details)
        await tx.run(
            "insert into track_comments (id, track_id, author_id, content) values ($1, $2, $3, $4)",
            *(comment_id, track_id, owner.id, owned.content),
        )
        await tx.run("insert into track_lyrics (track_id, plain) values ($1, 'La la')", track_id)
        await make.library(tx, owner.member, track_id, owned.content)
        subscription_id = await make.push_subscription(tx, owner.member)
        image_id = await make.bare_image(tx, owner.member)
        stream_id = await _make_stream(tx, owner, title, owned.visibility)
        waiting = """
            insert into stream_recordings (id, owner_id, stream_id, title) values ($1, $2, $3, $4)
        """
        await tx.run(waiting, new_id(), owner.id, stream_id, title)
        post_id = await make.post(tx, owner.member)
        post_comment_id = await make.post_comment(tx, owner.member, post_id)
        await control.set_flag(tx, _FLAG, FlagChange(enabled=True))
        # They leave, and may think better of it for a year.
        sql = (
            "insert into pending_deletions (user_id, due_at) values ($1, now() + interval '1 year')"
        )
        await tx.run(sql, owner.id)
        await make.keep_quiet(tx)
    await _make_media(services, track_id)
    await _make_avatar(services, owner)
    made = await _make_export(services, owner)
    made |= await _make_mail_domain(services) | await _make_text_filter(services)
    made |= await _make_tax_rate(services)
    return made | {
        "invitation_id": await _invite(services, owner),
        "return_token": await _set_out(services, owner, services.url_signer.builder("")),
        "track_id": str(track_id),
        "own_track_id": str(track_id),
        "tracks": [{"track_id": str(track_id), "disc": 1, "number": 1}],
        "track_ids": [str(track_id)],
        "image_id": str(image_id),
        "subscription_id": str(subscription_id),
        "member": str(owner.id),
        "post_id": str(post_id),
        "post_comment_id": str(post_comment_id),
        "parent_id": str(post_comment_id),
        "title": title,
        "comment_id": str(comment_id),
        "content": owned.content,
        "session_id": str(session_id),
        "key_id": str(key.id),
        "password_id": str(app_password.id),
        "name": _FLAG,
        # Were any domain allowed, addresses of all others would be refused.
        "mail_rule": "block",
        "mail_domains": ["spam.example"],
        "identity_id": str(identity_id),
        "provider": "community",
        # Of WHIP, which this server does not receive.
        "session": "0" * 32,
        "page": "terms",
        "passkey_id": str(passkey_id),
        "username": owner.username,
        "email": f"{owner.username}@example.com",
        "new_username": f"n{new_id().hex[-20:]}",
        "new_email": f"{new_id().hex}@example.com",
        "path": "master.m3u8",
        "stream_id": str(stream_id),
        "file_name": _write_playlist(services, stream_id),
        "stream_key": await make.stream_key(services, owner),
        "segment_name": "init.mp4",
        "playlist_name": "256k.m3u8",
        "secret": _HOOK_SECRET,
        "seller_id": str(owner.id),
        "profile_id": str(owner.id),
        "handle": owner.username,
    }


async def _make_shared(owned: _Owned) -> Things:
    """Make what a member shares with a friend: playlists, a conversation, a notification."""
    owner, title, track_id = owned.owner.member, owned.title, owned.track_id
    # Audio, as far as its first bytes tell.
    sound = b"fLaC" + bytes(60)
    sent = await make.cloud_file(owned.services, owned.owner, title, sound)
    async with owned.services.database.transaction() as tx:
        made = await make.playlist(tx, owner, title, track_id, owned.visibility)
        friend, _ = await make.member_in(tx)
        await playlist_editors.invite(tx, made[0], owner, friend.id)
        invited_to = await playlists.create_playlist(tx, friend, PlaylistForm(title), make.NO_LINKS)
        await playlist_editors.invite(tx, invited_to.id, friend, owner.id)
        talk = await make.conversation_in(tx, "group", owner, friend)
        form = MessageForm(owned.content, file_id=sent.id)
        said = await sent_messages.send(tx, owner, talk, form, urls=make.NO_LINKS)
        heard = ListeningForm([track_id])
        await listening.begin(tx, owner, talk, heard, make.NO_LINKS)
        notification_id = await make.notification(tx, owner, friend)
        credit_id = await make.credit(tx, friend, owner, "With a guest")
        await make.keep_quiet(tx)
    return {
        "playlist_id": str(made[0]),
        "entry_ids": [str(made[1])],
        "invited_playlist_id": str(invited_to.id),
        "conversation_id": str(talk),
        "other_member_id": str(friend.id),
        "credits": [{"name": "Ada", "role": "producer", "profile": {"id": str(friend.id)}}],
        "message_id": str(said.message.id),
        "reply_to": str(said.message.id),
        "notification_id": str(notification_id),
        "credit_id": str(credit_id),
    }


async def _make_catalog(owned: _Owned) -> Things:
    """Make a release, with archives, and products: of the release, reviewed, and never sold."""
    services, owner = owned.services, owned.owner
    visibility = Visibility(owned.visibility)
    async with services.database.transaction() as tx:
        release_id = await make.release(
            tx, owner.member, owned.title, owned.track_id, visibility=visibility
        )
        archive_id = await make.archive(tx, release_id, owner.member)
        product_id = await make.product(tx, owner.member, owned.title, release_id=release_id)
        unsold_id = await make.product(tx, owner.member, "Never ordered", status="draft")
        buyer, _ = await make.member_in(tx)
        review_id = await make.review(tx, buyer, product_id, 4, owned.content)
        batch = await make.code_batch(tx, owner.member, product_id, owned.title)
        listed = await make.product(tx, owner.member, owned.title)
        bundle_id = await make.bundle(tx, owner.member, product_id, listed, title=owned.title)
        discount = await make.discount(tx, owner.member, f"CODE-{product_id.hex}")
        await make.tip_jar(tx, owner.member)
        if visibility is Visibility.PRIVATE:
            sql = "update products set status = 'draft' where id = any($1)"
            await tx.run(sql, [product_id, listed])
            await tx.run("update bundles set status = 'draft' where id = $1", bundle_id)
        await make.keep_quiet(tx)
    return {
        "release_id": str(release_id),
        "archive_id": str(archive_id),
        "product_id": str(product_id),
        "parts": [{"profile_id": str(owner.id), "parts_per_10000": 10_000}],
        "unsold_id": str(unsold_id),
        "unsold_file_id": str(await make.product_file(services, owner, unsold_id)),
        "review_id": str(review_id),
        "batch_id": str(batch.id),
        "bundle_id": str(bundle_id),
        "variants": [],
        "discount_id": str(discount.id),
        **await _make_archive(services, owner, product_id, release_id),
    }


async def _make_files(owned: _Owned) -> Things:
    """Make what a member keeps for themselves: a file with versions, one shared, one thrown away.

    What is shared is called so that it tells nothing.
    """
    services, owner, title = owned.services, owned.owner, owned.title
    file = await make.cloud_file(services, owner, title)
    shared = await make.cloud_file(services, owner, "shared.wav")
    trashed = await make.cloud_file(services, owner, title)
    async with services.database.transaction() as tx:
        await files.take_snapshot(tx, file.id, owner.member)
        await files.trash_file(tx, trashed.id, owner.member)
    return {
        "file_id": str(file.id),
        "trashed_file_id": str(trashed.id),
        "version": 1,
        "share_id": str((await make.share(services, owner, file)).id),
        "token": (await make.share(services, owner, shared)).token,
    }


async def _make_stream(tx: Tx, owner: make.Person, title: str, visibility: str) -> StreamId:
    """Make a stream that is on air, for as long as anybody looks; a private one is to come."""
    if visibility == "private":
        return await make.stream(tx, owner.member, title, is_announced=False)
    seen_at = now() + timedelta(days=1)
    air = {"status": "live", "is_live": True, "client_ref": "/2"}
    return await make.stream(tx, owner.member, title, seen_at=seen_at, started_at=now(), **air)


async def _make_recordings(owned: _Owned) -> Things:
    """Make a recording that its owner hears and may publish, and another that is a track."""
    services, owner = owned.services, owned.owner
    async with services.database.transaction() as tx:
        audience = "public" if owned.visibility == "public" else "named"
        stream_id = await make.stream(tx, owner.member, owned.title, audience=audience)
        made = [
            await make.stream_recording(tx, owner.member, stream_id, owned.title) for _ in range(2)
        ]
        replay_id = await make.bare_track(tx, owner, owned.title, visibility=owned.visibility)
        sql = "update stream_recordings set track_id = $2 where id = $1"
        await tx.run(sql, made[1], replay_id)
    await make.recorded_sound(services, made[0])
    clip_id = await make.clip(services, stream_id, owner, owned.title)
    signed = services.url_signer.sign(Resource.STREAM_RECORDING, made[0], expires=2**40)
    return {
        "recording_id": str(made[0]),
        "recording_signature": signed,
        "clip_id": str(clip_id),
        "restream_target_id": await make.restream_target(services, owner, owned.title),
        "replay_track_id": str(replay_id),
    }


def _write_playlist(services: Services, stream_id: StreamId) -> str:
    folder = services.live.folder / str(stream_id)
    folder.mkdir(parents=True)
    (folder / "index.m3u8").write_text("#EXTM3U\n")
    return "index.m3u8"


async def _make_payment(owned: _Owned) -> Things:
    """Make what the sandbox has of a member: a payment that waits, and a link for a seller."""
    services, owner = owned.services, owned.owner
    async with services.database.transaction() as tx:
        friend, _ = await make.member_in(tx)
        order_id = await make.order(tx, owner.member, (friend, 1250))
    wish = PaymentRequest(settlement.payment_ref(order_id), 1250, "EUR", "Night Ferry")
    payment = await services.payments.create_payment(wish)
    url = "http://veza.test/"
    account = await services.payouts.open_account(f"account:{owner.id}", email="", country=None)
    link = await services.payouts.find_onboarding_url(account, refresh_url=url, return_url=url)
    # Who signs in pays without the token of a guest's order.
    return {"payment_id": payment.id, "no_token": None, "link": link.rpartition("/")[2]}


async def _make_support(owned: _Owned) -> Things:
    """Make a tier of a member, and their membership of another profile."""
    services, owner = owned.services, owned.owner
    artist = await make.person(services, Role.CREATOR)
    async with services.database.transaction() as tx:
        own = await make.tier(tx, owner.member, owned.title)
        if owned.visibility == "private":
            await tx.run("update tiers set is_open = false where id = $1", own.id)
    made = await make.membership(services, owner, artist.member)
    return {"tier_id": str(own.id), "membership_id": str(made.membership.id)}


async def _make_order(owned: _Owned) -> Things:
    """Make what a member bought, with a link to its file, and what they may want besides."""
    services, owner = owned.services, owned.owner
    seller = await make.person(services, Role.CREATOR)
    async with services.database.transaction() as tx:
        order_id = await make.paid_order(
            tx, owner.member, (seller.member, 1200), (seller.member, 500), (seller.member, 700)
        )
        gift_id = await _make_gift(tx, order_id, 3)
        refund_id = await make.refunded_item(tx, order_id, 1)
        reviewed = await make.product(tx, seller.member, "Reviewed")
        review_id = await make.review(tx, owner.member, reviewed)
        await make.keep_quiet(tx)
        wanted = await make.product(tx, seller.member, "Wanted")
        given = await make.product(tx, seller.member, "Given")
        batch = await make.code_batch(tx, seller.member, given)
    async with services.database.read() as conn:
        [line, *_] = (await settlement.read_state(conn, order_id)).lines
    file_id = await make.product_file(services, seller, line.product_id)
    expires = 2**40
    sign = services.url_signer.sign
    return {
        "order_id": str(order_id),
        "item_id": str(gift_id),
        "refund_id": str(refund_id),
        "bought_file_id": str(file_id),
        "bought_product_id": str(line.product_id),
        "reviewed_product_id": str(reviewed),
        "own_review_id": str(review_id),
        "expires": expires,
        "signature": sign(Resource.PURCHASED_FILE, order_id, file_id, expires=expires),
        "items": [{"product_id": str(wanted), "quantity": 1}],
        "code": batch.codes[0],
    }


async def _make_commission(owned: _Owned) -> Things:
    """Make a service that a member has ordered, with a file of the seller in it."""
    services, owner = owned.services, owned.owner
    seller = await make.person(services, Role.CREATOR)
    file = await make.cloud_file(services, seller)
    async with services.database.transaction() as tx:
        commission_id = await make.commission(tx, owner.member, seller.member)
        form = EntryForm("For you.", [file.id])
        await commissions.say(tx, commission_id, seller.member, Step.MESSAGE, form)
    async with services.database.read() as conn:
        sql = """
            select f.snapshot_id::text
              from commission_files f
              join commission_entries e on e.id = f.entry_id
             where e.commission_id = $1
        """
        sent_id = await conn.value(str, sql, commission_id)
    return {"commission_id": str(commission_id), "sent_file_id": sent_id}


async def _make_media(services: Services, track_id: TrackId) -> None:
    """Give a track the file that it was made of."""
    stored = await services.storage.put_stream(original_key(track_id), _in_one_piece(b"fLaC"))
    sql = """
        insert into track_media (track_id, filename, original_kind, original_size, original_hash)
             values ($1, 'tone.flac', 'flac', $2, $3)
    """
    async with services.database.transaction() as tx:
        await tx.run(sql, track_id, stored.size, stored.sha256)


async def _make_avatar(services: Services, owner: make.Person) -> None:
    """Give a member a picture, in all its sizes."""
    keys = {image_rules.small_key_of(ImageId(owner.id), side) for side in SMALL_SIDES_PX}
    for key in keys | {image_rules.key_of(ImageId(owner.id))}:
        await services.storage.put_stream(key, _in_one_piece(b"JPEG"))
    sql = """
        with made as (
            insert into images (id, owner_id, width, height, size_bytes, palette, small_bytes,
                                used_at, is_public)
                 values ($1, $1, 512, 512, 4, '{250,100,60,120}', '{4,4,4}', now(), true)
              returning id
        )
        update profiles set avatar_id = made.id from made where profiles.id = made.id
    """
    async with services.database.transaction() as tx:
        await tx.run(sql, owner.id)


async def _make_invoice(owned: _Owned) -> Things:
    """Make an invoice that a member issued."""
    services, seller = owned.services, owned.owner
    async with services.database.transaction() as tx:
        friend, _ = await make.member_in(tx)
        order_id = await make.paid_order(tx, friend, (seller.member, 700))
        [invoice] = await invoices.issue_invoices(tx, order_id)
        await make.keep_quiet(tx)
    return {"invoice_id": str(invoice.id)}


async def _make_gear(owned: _Owned) -> Things:
    """Make an item with a repair and a document."""
    services, owner = owned.services, owned.owner
    async with services.database.transaction() as tx:
        gear_id = await make.gear_in(tx, owner.member, notes=owned.content)
        repair_id = await make.repair_in(tx, owner.member, gear_id)
    document_id = await make.gear_document(services, owner, gear_id, repair_id=repair_id)
    return {
        "gear_id": str(gear_id),
        "repair_id": str(repair_id),
        "document_id": str(document_id),
    }


async def _make_station(owned: _Owned) -> Things:
    """Make a station of the owner, on air unless it is private, that a stream has taken over."""
    services, owner = owned.services, owned.owner
    is_on_air = owned.visibility == "public"
    station_id = await make.station(
        *(services, owner, [owned.track_id], owned.title),
        is_on_air=is_on_air,
        takes_requests=True,
    )
    async with services.database.transaction() as tx:
        await make.station_request(tx, station_id, owned.track_id, owner.id)
        audience = "public" if is_on_air else "named"
        stream_id = await make.stream(tx, owner.member, owned.title, audience=audience)
        takeover_id = await make.takeover(tx, station_id, stream_id)
    return {"station_id": str(station_id), "takeover_id": str(takeover_id)}


async def _make_upload(owned: _Owned) -> Things:
    """Make a resumable upload of which nothing has arrived."""
    services, owner = owned.services, owned.owner
    request = ResumableRequest(
        int(UPLOAD_HEADERS["Upload-Length"]), UPLOAD_HEADERS["Upload-Metadata"]
    )
    async with services.database.transaction() as tx:
        resumable = create_registry(services).get(ResumableUploads)
        upload = await creation.create(resumable, tx, owner.member, request)
    return {"upload_id": str(upload.id)}


async def _make_export(services: Services, owner: make.Person) -> Things:
    """Make an export that is ready, with a link to it."""
    export_id = await make.export(services, owner)
    signature = services.url_signer.sign(Resource.EXPORT, export_id, expires=2**40)
    return {
        "export_id": str(export_id),
        "export_signature": signature,
    }


async def _make_archive(
    services: Services, owner: make.Person, product_id: ProductId, release_id: ReleaseId
) -> Things:
    """Make an archive that is ready, with a link to it for the seller."""
    archive_id, content = ArchiveId(new_id()), b"not really a ZIP file"
    sql = """
        insert into release_archives (id, release_id, format, version, name, status, tries,
                                      size_bytes, sha256, ready_at)
             values ($1, $2, 'original', repeat('0', 32), 'Night Ferry', 'ready', 1, $3, $4, now())
    """
    async with services.database.transaction() as tx:
        digest = hashlib.sha256(content).hexdigest()
        await tx.run(sql, archive_id, release_id, len(content), digest)
        archive = await archives.find_ready(tx, archive_id, release_id)
    assert archive is not None
    await services.storage.put_stream(archive_key(archive), _in_one_piece(content))
    ids = product_id, archive_id, owner.id
    signature = services.url_signer.sign(Resource.RELEASE_ARCHIVE, *ids, expires=2**40)
    return {"ready_archive_id": str(archive_id), "archive_signature": signature}


async def _in_one_piece(content: bytes) -> AsyncIterator[bytes]:
    yield content


async def _set_out(services: Services, seller: make.Person, urls: UrlBuilder) -> str:
    """Have a seller set out to be paid; give what is signed of the address they come back to."""
    url = seller_rules.return_url(seller.id, urls)
    await sellers.start_onboarding(services.database, services.payouts, seller.id, return_url=url)
    return url.rpartition("/")[2]


async def _make_image(services: Services, owner: make.Person, picture: Path) -> str:
    """Make an image that everybody may see."""
    image_id = await make.image(services, owner, picture)
    async with services.database.transaction() as tx:
        await images.show_images(tx, owner.id, [image_id], is_public=True)
    return str(image_id)


async def _make_cases(owned: _Owned) -> Things:
    """Make what staff has to do with: a report, what failed, an announcement."""
    services = owned.services
    rude = await make.person(services)
    seller = await make.person(services, Role.CREATOR)
    report_id = new_id()
    async with services.database.transaction() as tx:
        track_id = await make.bare_track(tx, rude.member, "Reported")
        await tx.run(
            """
            insert into reports (id, content_type, content_id, author_id, evidence)
                 values ($1, 'user', $2, $2, '{}')
            """,
            *(report_id, rude.id),
        )
        number = await tx.value(
            int,
            """
            insert into jobs (priority, status, name)
                 values (0, 'failed', 'Nothing')
              returning id
            """,
        )
        mail_id = await _make_held_mail(tx, rude)
        order_id = await make.paid_order(tx, rude.member, (seller.member, 1000))
        await make.keep_quiet(tx)
        case = await make.moderation_case(tx, rude.member)
        transfer_id = await make.failed_transfer(tx, seller.member, order_id)
        announcement = await control.create_announcement(tx, _ENDED)
    return {
        "user_id": str(rude.id),
        "failed_track_id": str(await _make_failed_track(services, rude)),
        "report_id": str(report_id),
        "content_type": "track",
        "content_id": str(track_id),
        "job_id": str(UUID(int=number or 0)),
        "mail_id": str(mail_id),
        "announcement_id": str(announcement.id),
        "transfer_id": str(transfer_id),
        "note_id": str(case.note_id),
        "appeal_id": str(case.appeal_id),
        "takedown_id": (await _make_taken_down(services))["takedown_id"],
        "case_id": str(report_id),
        **await _make_pending_notice(services),
        **_sign_sanction(services, case.appealed_id, "sanction_signature"),
    }


async def _make_taken_down(services: Services, owner: make.Person | None = None) -> Things:
    """Make a track that staff took down, and one that it can take down."""
    owner = owner or await make.person(services)
    async with services.database.transaction() as tx:
        taken_id = await make.bare_track(tx, owner.member, "Taken down")
        track_id = await make.bare_track(tx, owner.member, "Reported")
    takedown = await make.taken_down(services, "track", taken_id)
    return {
        "takedown_id": str(takedown.id),
        "content_type": "track",
        "content_id": str(track_id),
    }


async def _make_reviewed_file(services: Services) -> Things:
    """Make a case with a file, and what is signed for staff to get it."""
    seller = await make.person(services, Role.CREATOR)
    async with services.database.transaction() as tx:
        product_id = await make.product(tx, seller.member, "Taken down")
    file_id = await make.product_file(services, seller, product_id)
    case_id = (await make.taken_down(services, "product", product_id)).id
    signature = services.url_signer.sign(Resource.REVIEW, case_id, file_id, expires=2**40)
    return {
        "case_id": str(case_id),
        "file_id": str(file_id),
        "expires": 2**40,
        "signature": signature,
    }


async def _make_pending_notice(services: Services) -> Things:
    """Make a notice of copyright that waits for a decision."""
    owner = await make.person(services)
    async with services.database.transaction() as tx:
        found = await make.copyright_notice(tx, owner.member, make.NoticeState.PENDING)
    return {"notice_id": str(found)}


async def _make_upheld_notice(services: Services, owner: make.Person) -> Things:
    """Make a notice of copyright that has hidden something of a member."""
    async with services.database.transaction() as tx:
        found = await make.copyright_notice(tx, owner.member, make.NoticeState.UPHELD)
    return {"notice_id": str(found)}


async def _make_mailed_notice(services: Services) -> Things:
    """Make a notice of copyright that waits for the token of its mail."""
    token = new_id().hex
    sql = """
        insert into copyright_notices (id, signature, email, rights_holder, work, statement,
                                       token_hash, expires_at)
             values ($1, 'Ada', 'ada@example.com', 'Ada', 'A song', 'In good faith.', $2,
                     now() + interval '1 day')
    """
    async with services.database.transaction() as tx:
        notice_id = new_id()
        await tx.run(sql, notice_id, hash_token(token))
        sql = "insert into copyright_items (notice_id, position, url) values ($1, 1, '/tracks/1')"
        await tx.run(sql, notice_id)
    return {"token": token}


async def _make_taken_from_buyers(services: Services) -> Things:
    """Make a product that staff took down, and from those who bought it."""
    seller = await make.person(services, Role.CREATOR)
    async with services.database.transaction() as tx:
        product_id = await make.product(tx, seller.member, "Taken down")
    takedown = await make.taken_down(services, "product", product_id)
    async with services.database.transaction() as tx:
        sql = "update takedowns set revokes_purchases = true where id = $1"
        await tx.run(sql, takedown.id)
    return {"takedown_id": str(takedown.id)}


async def _make_failed_track(services: Services, owner: make.Person) -> TrackId:
    """Make a track that could not be processed, and will not be at another attempt."""
    async with services.database.transaction() as tx:
        track_id = await make.bare_track(tx, owner.member, "Broken")
    await _make_media(services, track_id)
    async with services.database.transaction() as tx:
        sql = "update tracks set status = 'failed', failure_reason = 'Broken.' where id = $1"
        await tx.run(sql, track_id)
        await tx.run("update track_media set failed_at = now() where track_id = $1", track_id)
    return track_id


async def _make_held_mail(tx: Tx, recipient: make.Person) -> UUID:
    """Make a mail that was refused."""
    job = SendMail(MailPurpose.NEW_DEVICE, "nobody@example.com", now(), recipient.id)
    sql = """
        insert into jobs (priority, status, name, payload)
             values (0, 'failed', 'SendMail', $1)
          returning id
    """
    return UUID(int=await tx.value(int, sql, msgspec.json.encode(job)) or 0)


def _sign_sanction(services: Services, sanction_id: ModerationActionId, name: str) -> Things:
    """Make what admits to a sanction, until the time that all signatures of the world have."""
    signature = services.url_signer.sign(Resource.APPEAL, sanction_id, expires=2**40)
    return {"sanction_id": str(sanction_id), name: signature}


async def _make_moderation_case(services: Services) -> Things:
    """Make a note, an appeal that waits, and a warning against which there is none."""
    warned = await make.person(services)
    async with services.database.transaction() as tx:
        case = await make.moderation_case(tx, warned.member)
    return {
        "note_id": str(case.note_id),
        "appeal_id": str(case.appeal_id),
        "expires": 2**40,
        **_sign_sanction(services, case.warning_id, "signature"),
    }


async def open_sign_up(services: Services) -> None:
    """Open sign-up to everybody: delete its mode, the mail domains and the text filters."""
    async with services.database.transaction(recorded=False) as tx:
        await tx.run("delete from sign_up_policy")
        await tx.run("delete from mail_domains")
        await tx.run("delete from text_filters")
        await announce(tx, TEXT_FILTERS_CHANGED, "all")


async def _make_newcomer(services: Services) -> Things:
    """Make somebody who waits for approval."""
    newcomer = await make.person(services)
    async with services.database.transaction(recorded=False) as tx:
        await account_queries.update_waiting(tx, newcomer.id)
        sql = "insert into sign_up_requests (user_id, message) values ($1, 'Hello')"
        await tx.run(sql, newcomer.id)
    return {"user_id": str(newcomer.id)}


async def _make_mail_domain(services: Services) -> Things:
    """Make a rule for a domain that nobody's address has."""
    domain = f"{new_id().hex}.example"
    async with services.database.transaction(recorded=False) as tx:
        await tx.run("insert into mail_domains (domain, rule) values ($1, 'block')", domain)
    return {"domain": domain}


async def _make_text_filter(services: Services) -> Things:
    """Make a filter of a word that nobody writes."""
    filter_id, word = new_id(), f"w{new_id().hex}"
    async with services.database.transaction(recorded=False) as tx:
        sql = """
            insert into text_filters (id, kind, pattern, text, effect)
                 values ($1, 'words', $2, $2, 'report')
        """
        await tx.run(sql, filter_id, word)
    return {"filter_id": str(filter_id)}


async def _make_tax_rate(services: Services) -> Things:
    """Make a rate of the site that counts from a day on which no other one begins."""
    valid_from = date(2100, 1, 1) + timedelta(days=new_id().int % 1_000_000)
    async with services.database.transaction(recorded=False) as tx:
        sql = "insert into tax_rates (country, valid_from, percent) values ('CH', $1, 8.1)"
        await tx.run(sql, valid_from)
    return {"country": "CH", "valid_from": valid_from.isoformat()}


async def _make_invitation(services: Services) -> Things:
    """Make an invitation of somebody."""
    inviter = await make.person(services, Role.ADMIN)
    return {"invitation_id": await _invite(services, inviter)}


async def _invite(services: Services, inviter: make.Person) -> str:
    sql = """
        insert into invitations (id, code, created_by, max_uses, expires_at)
             values ($1, $2, $3, 1, now() + interval '1 day')
    """
    invitation_id = new_id()
    async with services.database.transaction(recorded=False) as tx:
        await tx.run(sql, invitation_id, invitation_id.hex[:24], inviter.id)
    return str(invitation_id)


async def _ask_artist(services: Services, artist: make.Person) -> Things:
    """Make a request of a label that a member joins its roster."""
    label = await make.page(services, await make.person(services), PageKind.LABEL)
    form = RosterForm(artist.id, RosterScope.ALL)
    async with services.database.transaction() as tx:
        made = await roster.add_artist(tx, ProfileId(label.id), label.owner.member, form)
    return {"profile_id": str(label.id), "roster_entry_id": str(made.id)}


async def _join_page(services: Services, owner: make.Person) -> Things:
    """Make a page of a member, with somebody in it and somebody who is invited."""
    page = await make.page(services, owner)
    guest, invited = await make.person(services), await make.person(services)
    await make.role_in(services, page, guest)
    form = ProfileInvitationForm(ProfileRole.EDITOR, username=invited.username)
    async with services.database.transaction() as tx:
        made = await invitations.invite(tx, ProfileId(page.id), owner.member, form)
    ids = {"user_id": str(guest.id), "profile_invitation_id": str(made.id)}
    return {"profile_id": str(page.id), **ids}


async def _make_placeholder(services: Services, owner: make.Person) -> Things:
    """Make a page that a label of a member runs until it is claimed, and the link of its claim."""
    label = await make.page(services, owner, PageKind.LABEL)
    page, token = await make.placeholder(services, label)
    return {"profile_id": str(page.id), "token": token}


async def _make_label(services: Services, owner: make.Person) -> Things:
    """Make a label of a member."""
    return {"profile_id": str((await make.page(services, owner, PageKind.LABEL)).id)}


async def _make_two_pages(services: Services, owner: make.Person) -> Things:
    """Make two pages of a member, of which one may be merged into the other."""
    page, into = await make.page(services, owner), await make.page(services, owner)
    return {"profile_id": str(page.id), "into": str(into.id)}


async def _offer_parts(services: Services, party: make.Person) -> Things:
    """Make proposals of a seller to split a product, a release and support with a member."""
    seller = await make.person(services, Role.CREATOR)
    form = SplitForm([SplitPartForm(seller.id, 5000), SplitPartForm(party.id, 5000)])
    async with services.database.transaction() as tx:
        track_id = await make.bare_track(tx, seller.member, "Shared")
        release_id = await make.release(tx, seller.member, "Shared", track_id)
        product_id = await make.product(tx, seller.member, "Shared")
        for target in (
            SplitTarget(product_id=product_id),
            SplitTarget(release_id=release_id),
            SplitTarget(profile_id=seller.id),
        ):
            await splits.propose(tx, target, seller.member, form)
        await make.keep_quiet(tx)
    ids = {"product_id": product_id, "release_id": release_id, "profile_id": seller.id}
    return {name: str(each) for name, each in ids.items()} | {"id": None}


async def _write_comment(services: Services, author: make.Person) -> Things:
    """Write a comment of a member."""
    comment_id = new_id()
    sql = "insert into track_comments (id, track_id, author_id, content) values ($1, $2, $3, 'So!')"
    async with services.database.transaction() as tx:
        track_id = await make.bare_track(tx, author.member, "A track", comments_count=1)
        await tx.run(sql, comment_id, track_id, author.id)
    return {"track_id": str(track_id), "comment_id": str(comment_id)}


async def _cover_playlist(services: Services, owner: make.Person) -> Things:
    """Make a playlist with a cover."""
    with tempfile.TemporaryDirectory() as folder:
        source = sounds.picture(Path(folder) / "cover.png")
        image_id = await make.image(services, owner, source)
    async with services.database.transaction() as tx:
        form = PlaylistForm("Covered", cover_image_id=image_id)
        made = await playlists.create_playlist(tx, owner.member, form, make.NO_LINKS)
    return {"playlist_id": str(made.id)}


async def _join_tier(services: Services, owner: make.Person) -> Things:
    """Make a membership of a member, and another tier of its profile, which costs less."""
    artist = await make.person(services, Role.CREATOR)
    made = await make.membership(services, owner, artist.member)
    async with services.database.transaction() as tx:
        other = await make.tier(tx, artist.member, "Silver", monthly_cents=300)
    return {"membership_id": str(made.membership.id), "tier_id": str(other.id)}


async def _find_tier(services: Services) -> Things:
    """Make a tier that somebody may join."""
    artist = await make.person(services, Role.CREATOR)
    async with services.database.transaction() as tx:
        return {"tier_id": str((await make.tier(tx, artist.member)).id)}


async def _fall_behind(services: Services, owner: make.Person) -> Things:
    """Make a membership whose renewal was declined."""
    things = await _join_tier(services, owner)
    sql = """
        update memberships
           set state = 'past_due', attempts = 1, past_due_since = now()
         where id = $1::text::uuid
    """
    async with services.database.transaction() as tx:
        await tx.run(sql, things["membership_id"])
    return things


async def _buy_licence(services: Services, owner: make.Person) -> Things:
    """Make an order of a licence, which has a contract."""
    async with services.database.transaction() as tx:
        seller, _ = await make.member_in(tx)
        order_id = await make.paid_order(tx, owner.member, (seller, 700))
        item_id = await make.licence(tx, order_id)
        await make.keep_quiet(tx)
    return {"order_id": str(order_id), "item_id": str(item_id)}


async def _sell_licence(services: Services, owner: make.Person) -> Things:
    """Make a licence that a member sold, which has a contract."""
    async with services.database.transaction() as tx:
        buyer, _ = await make.member_in(tx)
        order_id = await make.paid_order(tx, buyer, (owner.member, 700))
        item_id = await make.licence(tx, order_id)
        await make.keep_quiet(tx)
    return {"item_id": str(item_id)}


async def _make_guest_licence(services: Services) -> Things:
    """Make a licence that a guest bought."""
    things = await _make_guest_order(services)
    async with services.database.transaction() as tx:
        item_id = await make.licence(tx, OrderId(UUID(str(things["order_id"]))))
    return things | {"item_id": str(item_id)}


async def _raise_price(services: Services, owner: make.Person) -> Things:
    """Make a membership whose tier costs more by now."""
    things = await _join_tier(services, owner)
    sql = """
        update tiers t
           set monthly_cents = 700
          from memberships m
         where m.tier_id = t.id and m.id = $1::text::uuid
    """
    async with services.database.transaction() as tx:
        await tx.run(sql, things["membership_id"])
    return things | {"price_cents": 700}


async def _keep_stream(services: Services, _: make.Person) -> Things:
    """Make a stream of somebody on air, whose last seconds are kept."""
    air = {"status": "live", "is_live": True, "client_ref": "b/1", "seen_at": now()}
    async with services.database.transaction() as tx:
        streamer, _ = await make.member_in(tx)
        stream_id = await make.stream(tx, streamer, "Kept", started_at=now(), **air)
    folder = services.live.rewind_folder / str(stream_id)
    folder.mkdir(parents=True)
    (folder / "1.ts").write_bytes(b"\x47" * 188)
    (folder / "rewind.m3u8").write_text("#EXTM3U\n#EXTINF:9.000,\n1.ts\n")
    return {"stream_id": str(stream_id)}


async def _begin_listening(services: Services, owner: make.Person) -> Things:
    """Begin a listening room of a member; return its ids, and a change without a version."""
    async with services.database.transaction() as tx:
        friend, _ = await make.member_in(tx)
        talk = await make.conversation_in(tx, "group", owner.member, friend)
        track_id = await make.bare_track(tx, owner.member, "Heard together")
        form = ListeningForm([track_id])
        room, _ = await listening.begin(tx, owner.member, talk, form, make.NO_LINKS)
    unchanged = {"version": None, "remove": [], "move": None, "add": [], "before": None}
    return {"conversation_id": str(talk), "entry_id": room.entries[0].id, **unchanged}


async def _plan_stream(services: Services, owner: make.Person) -> Things:
    """Make a stream of a member that begins tomorrow."""
    async with services.database.transaction() as tx:
        starts_at = now() + timedelta(days=1)
        stream_id = await make.stream(tx, owner.member, "Planned", starts_at=starts_at)
    return {"stream_id": str(stream_id)}


async def _begin_commission(services: Services, owner: make.Person) -> Things:
    """Make a service of a member whose buyer has said what to make."""
    due_at = now() + timedelta(days=7)
    async with services.database.transaction() as tx:
        buyer, _ = await make.member_in(tx)
        commission_id = await make.commission(
            tx, buyer, owner.member, status="in_progress", due_at=due_at
        )
    return {"commission_id": str(commission_id)}


async def _deliver_commission(services: Services, owner: make.Person) -> Things:
    """Make a service that a member has ordered, and that was delivered."""
    due_at = now() + timedelta(days=7)
    async with services.database.transaction() as tx:
        seller, _ = await make.member_in(tx)
        commission_id = await make.commission(
            tx, owner.member, seller, status="delivered", due_at=due_at
        )
    return {"commission_id": str(commission_id)}


async def _dispute_commission(services: Services, _: make.Person) -> Things:
    """Make a service whose delivery is disputed."""
    async with services.database.transaction() as tx:
        buyer, _ = await make.member_in(tx)
        seller, _ = await make.member_in(tx)
        commission_id = await make.commission(
            tx, buyer, seller, status="disputed", was_disputed=True, due_at=None
        )
    return {"commission_id": str(commission_id)}


async def _pause_membership(services: Services, owner: make.Person) -> Things:
    """Make a membership that is paused."""
    return await _change_membership(services, owner, PauseRequested(1))


async def _cancel_membership(services: Services, owner: make.Person) -> Things:
    """Make a membership that was cancelled, of which some time is left."""
    return await _change_membership(services, owner, CancelRequested())


async def _change_membership(
    services: Services, owner: make.Person, event: MembershipEvent
) -> Things:
    things = await _join_tier(services, owner)
    async with services.database.transaction() as tx:
        membership_id = MembershipId(UUID(things["membership_id"]))
        await own_memberships.change(tx, membership_id, owner.id, event)
    return things


async def _make_page(services: Services, owner: make.Person) -> Things:
    """Make a page of a member, and somebody to invite or hand it over to."""
    page = await make.page(services, owner)
    guest = await make.person(services)
    named = {"username": guest.username, "handle": f"h{new_id().hex[-20:]}"}
    return {"profile_id": str(page.id), "user_id": str(owner.id), **named}


async def _make_mail_link(services: Services, person: make.Person) -> Things:
    """Make the link by which mails of a kind to a member end."""
    token = UnsubscribeToken(person.id, NotificationKind.FOLLOW)
    return {"token": sign_mail_token(services.url_signer, token)}


async def _make_broadcast(services: Services, person: make.Person) -> Things:
    """Make a draft of a member whose address is verified."""
    profile_id, form = ProfileId(person.id), BroadcastForm("Night Ferry", "It is out.")
    async with services.database.transaction() as tx:
        sql = "update users set email_verified_at = now() where id = $1"
        await tx.run(sql, person.id)
        made = await drafts.create(tx, profile_id, person.member, form)
    return {"profile_id": str(profile_id), "broadcast_id": str(made.id)}


async def _make_subscription_link(services: Services, person: make.Person) -> Things:
    """Make the link by which an address confirms that it wants mail of a member."""
    email = f"{new_id().hex}@example.net"
    new = NewSubscription(
        person.id,
        email,
        hash_address(email),
        SubscriptionSource.FORM,
        Language.ENGLISH,
    )
    async with services.database.transaction() as tx:
        added = await subscriptions.upsert_pending(
            tx, MailSubscriptionId(new_id()), new, timedelta(days=1)
        )
        assert added is not None
        waiting = await subscriptions.find_pending(tx, added)
    assert waiting is not None
    text = subscriber_rules.confirmation_text(added, waiting.expires_at)
    signature = services.keys.sign(subscriber_rules.CONFIRMING, text)
    return {"token": subscriber_rules.write_confirmation(added, signature)}


async def _make_unsubscribe_link(services: Services, person: make.Person) -> Things:
    """Make the link by which a member ends mail of a profile."""
    text = subscriber_rules.write_unsubscribe_text(UnsubscribeLink(person.id, True, person.id))
    signature = services.keys.sign(subscriber_rules.UNSUBSCRIBING, text)
    return {"token": f"{text}.{signature}"}


async def _invite_to_page(services: Services, guest: make.Person) -> str:
    """Invite a member to the page of another."""
    inviter = await make.person(services)
    page = await make.page(services, inviter)
    form = ProfileInvitationForm(ProfileRole.EDITOR, username=guest.username)
    async with services.database.transaction() as tx:
        made = await invitations.invite(tx, ProfileId(page.id), inviter.member, form)
    return str(made.id)


async def _suspend(services: Services, person_id: str) -> None:
    async with services.database.transaction() as tx:
        await suspensions.suspend(tx, UserId(UUID(person_id)), "Enough.")


async def _make_link(services: Services, person: make.Person, purpose: MailPurpose) -> str:
    token, link = new_id().hex, EmailToken(person.id, f"{person.username}@example.com")
    async with services.database.transaction() as tx:
        await upsert_token(
            tx, link, purpose, token_hash=hash_token(token), lifetime=timedelta(hours=1)
        )
    return token


async def _make_flagged_order(services: Services) -> Things:
    """Make an order that staff has to look at."""
    buyer, seller = await make.person(services), await make.person(services, Role.CREATOR)
    async with services.database.transaction() as tx:
        order_id = await make.paid_order(tx, buyer.member, (seller.member, 1000))
        await tx.run("update orders set is_flagged = true where id = $1", order_id)
        await make.keep_quiet(tx)
    return {"order_id": str(order_id)}


async def _make_unresolved_refund(services: Services) -> Things:
    """Make a refund of which the provider never told how it ended."""
    buyer, seller = await make.person(services), await make.person(services, Role.CREATOR)
    refund_id, claim = RefundId(new_id()), RefundClaim(RefundForm("Broken"), timedelta(days=30))
    async with services.database.transaction() as tx:
        order_id = await make.paid_order(tx, buyer.member, (seller.member, 1000))
        await requested_refunds.request_refund(
            tx, order_id, buyer.member, refund_id=refund_id, claim=claim
        )
        unresolved = RefundStatus.UNRESOLVED
        await update_status(tx, refund_id, unresolved, "The provider does not answer.")
        await make.keep_quiet(tx)
        # The sandbox would answer at once.
        own = "xmin = pg_current_xact_id()::xid"
        await tx.run(f"delete from jobs where name = 'SettleRefund' and {own}")
    return {"refund_id": str(refund_id)}


async def _make_suspended_member(services: Services) -> Things:
    """Make a member whom staff may erase."""
    member = await make.person(services)
    await _suspend(services, str(member.id))
    return {"user_id": str(member.id)}


# What operations use up that staff alone can do, each made anew for each call.
async def _begin_factor(services: Services, person: make.Person) -> Things:
    """Begin to set up an authenticator app; return the code that it shows."""
    context = services.login_context.factors
    async with services.database.transaction() as tx:
        setup = await authenticator_apps.begin_totp(tx, context, person.id)
    return {"code": current_code(setup.totp_secret)}


async def _add_factor(services: Services, person: make.Person) -> Things:
    """Make an authenticator app a second factor of a member; they need nothing else."""
    form = TotpForm((await _begin_factor(services, person))["code"])
    async with services.database.transaction() as tx:
        context = services.login_context.factors
        await authenticator_apps.confirm_totp(tx, context, person.member, form)
    return {}


async def _challenge(services: Services, person: make.Person) -> Things:
    """Open a challenge of a login, and return it with the only proof that is sent along."""
    await _add_factor(services, person)
    async with services.database.transaction() as tx:
        codes = await recovery_codes.replace_codes(tx, person.member)
        sql = "select password_hash from users where id = $1"
        password_hash = await tx.value(str, sql, person.id)
        assert password_hash is not None
        opened = await challenges.open_challenge(tx, person.id, password_hash)
    assert opened is not None
    proof = {"recovery_code": codes.recovery_codes[0], "code": None, "passkey": None}
    return {"challenge": opened.challenge} | proof


async def _begin_passkey(services: Services, person: make.Person) -> Things:
    """Begin to create a passkey; return what a device made."""
    context = services.login_context.factors
    async with services.database.transaction() as tx:
        options = await passkey_factors.begin_passkey(tx, context, person.id)
    return {"credential": SoftKey().create(msgspec.to_builtins(options))}


async def _add_passkey(services: Services, person: make.Person) -> Things:
    """Make a passkey a factor of a member; return it, and its answer to a login."""
    context, key = services.login_context.factors, SoftKey()
    async with services.database.transaction() as tx:
        options = await passkey_factors.begin_passkey(tx, context, person.id)
        made = {"name": "Phone", "credential": key.create(msgspec.to_builtins(options))}
        form = msgspec.convert(made, PasskeyForm)
        await passkey_factors.create_passkey(tx, context, person.member, form)
        [passkey] = await passkey_queries.list_passkeys(tx, person.id)
    network = f"2001:db8:{person.id.hex[-8:-4]}:{person.id.hex[-4:]}::1"
    asked = await passkeys.begin_sign_in(services.database, context.passkeys, ip=network)
    answer = key.get(msgspec.to_builtins(asked))
    return {"passkey_id": str(passkey.id), "credential": answer}


async def _challenge_passkey(services: Services, person: make.Person) -> Things:
    """Open a challenge of a login that a passkey may complete."""
    await _add_passkey(services, person)
    return await _challenge(services, person)


async def _begin_recovery(services: Services, person: make.Person) -> Things:
    """Begin to remove the factors of a member, who has a passkey."""
    await _add_passkey(services, person)
    admin, form = await make.person(services, Role.ADMIN), FactorRecoveryForm("They are lost.")
    async with services.database.transaction() as tx:
        await recovery.begin_factor_recovery(
            tx, admin.member, person.id, form, delay=timedelta(days=3)
        )
    return {"user_id": str(person.id)}


async def _make_member_with_passkey(services: Services) -> Things:
    """Make a member who may lose their passkey."""
    member = await make.person(services)
    await _add_passkey(services, member)
    return {"user_id": str(member.id)}


async def _make_member_in_recovery(services: Services) -> Things:
    """Make a member whose factors wait to be removed."""
    return await _begin_recovery(services, await make.person(services))


# The parts of what a member may have that take long to make, and the names in each.
async def _make_mailing(owned: _Owned) -> Things:
    """Make a draft of a broadcast of the owner."""
    return {"broadcast_id": (await _make_broadcast(owned.services, owned.owner))["broadcast_id"]}


async def _make_show(owned: _Owned) -> Things:
    """Make a show of the owner, with their track as an episode and its transcript."""
    async with owned.services.database.transaction() as tx:
        fields = {"title": owned.title, "visibility": owned.visibility}
        show_id = await make.show(tx, owned.owner.member, owned.track_id, **fields)
        ref = EpisodeRef(show_id, owned.track_id)
        cues = "WEBVTT\n\n00:00.000 --> 00:04.000\nWelcome."
        await episodes.replace_transcript(tx, ref, member=owned.owner.member, content=cues)
    return {"show_id": str(show_id)}


async def _make_page_invitation(owned: _Owned) -> Things:
    """Invite the owner to the page of somebody."""
    return {"profile_invitation_id": await _invite_to_page(owned.services, owned.owner)}


async def _make_roster_entry(owned: _Owned) -> Things:
    """Ask the owner, as a label, to join its roster."""
    entry = await _ask_artist(owned.services, owned.owner)
    return {"roster_entry_id": entry["roster_entry_id"]}


_PARTS = {
    _make_upload: {"upload_id"},
    _make_station: {"station_id", "takeover_id"},
    _make_page_invitation: {"profile_invitation_id"},
    _make_roster_entry: {"roster_entry_id"},
    _make_show: {"show_id"},
    _make_shared: {
        *("playlist_id", "entry_ids", "invited_playlist_id", "conversation_id"),
        *("other_member_id", "credits", "message_id", "reply_to", "notification_id"),
        "credit_id",
    },
    _make_catalog: {
        *("release_id", "archive_id", "ready_archive_id", "archive_signature"),
        *("product_id", "parts", "unsold_id", "unsold_file_id", "review_id", "batch_id"),
        *("bundle_id", "discount_id", "variants"),
    },
    _make_recordings: {"recording_id", "recording_signature", "replay_track_id", "clip_id"}
    | {"restream_target_id"},
    _make_support: {"tier_id", "membership_id"},
    _make_commission: {"commission_id", "sent_file_id"},
    _make_order: {
        *("order_id", "refund_id", "bought_file_id", "bought_product_id", "reviewed_product_id"),
        *("own_review_id", "expires", "signature", "items", "code", "item_id"),
    },
    _make_cases: {
        *("user_id", "report_id", "content_type", "content_id", "job_id", "announcement_id"),
        *("mail_id", "failed_track_id"),
        *("transfer_id", "note_id", "appeal_id", "sanction_id", "sanction_signature"),
        *("takedown_id", "case_id", "notice_id"),
    },
    _make_files: {"file_id", "trashed_file_id", "version", "share_id", "token"},
    _make_gear: {"gear_id", "repair_id", "document_id"},
    _make_invoice: {"invoice_id"},
    _make_payment: {"payment_id", "no_token", "link"},
    _make_mailing: {"broadcast_id"},
}


async def _write_terms(services: Services) -> Things:
    """Write the terms of the site, which a change of the site may have cleared."""
    async with services.database.transaction() as tx:
        await tx.run("update site_profile set terms = 'Be kind.'")
    return {"page": "terms"}


async def _forget_targets(services: Services, _: make.Person) -> Things:
    """Delete the targets of streams, of which a member has three at most."""
    async with services.database.transaction() as tx:
        await tx.run("delete from restream_targets")
    return {}


async def _allow_site_tests(services: Services) -> Things:
    """Forget how often the site was tested by other files of this process."""
    for kind in ("mail", "storage"):
        await services.counters.clear(f"site-test:{kind}")
    return {}


async def _make_guest_order(services: Services) -> Things:
    """Make what a guest bought, a release with a track and a file, and its link."""
    seller, track_id = await make.person(services, Role.CREATOR), TrackId(new_id())
    async with services.database.transaction() as tx:
        await make.bare_track(tx, seller.member, "Sold", id=track_id)
        release_id = await make.release(tx, seller.member, "Sold", track_id)
        product_id = await make.product(tx, seller.member, "Sold", release_id=release_id)
        email = f"{new_id().hex}@example.com"
        order_id = await make.guest_order(tx, email, (seller.member, 1200), (seller.member, 700))
        gift_id = await _make_gift(tx, order_id, 2)
        sql = """
            update order_items set product_id = $2, track_id = $3
             where order_id = $1 and position = 1
        """
        await tx.run(sql, order_id, product_id, track_id)
        sql = """
            update licences set product_id = $2
             where item_id in (select id from order_items where order_id = $1)
        """
        await tx.run(sql, order_id, product_id)
        await make.keep_quiet(tx)
    await _make_media(services, track_id)
    await make.product_file(services, seller, product_id)
    desk, expires = create_registry(services).get(GuestDesk), 2**40
    async with services.database.read() as conn:
        delivery = await find_delivery(conn, order_id)
    assert delivery is not None
    ids = order_id, track_id
    return {
        "token": desk.link_to(delivery),
        "item_id": str(gift_id),
        "order_id": str(order_id),
        "product_id": str(product_id),
        "track_id": str(track_id),
        "expires": expires,
        "signature": services.url_signer.sign(Resource.PURCHASED_TRACK, *ids, expires=expires),
    }


async def _make_gift(
    tx: Tx, order_id: OrderId, position: int, code: str | None = None
) -> OrderItemId:
    """Make a line of a paid order a gift that was mailed some days ago; return the line."""
    sql = """
           update order_items
              set is_gift = true, is_given = true
            where order_id = $1 and position = $2
        returning id
    """
    found = await tx.value(UUID, sql, order_id, position)
    assert found is not None
    item_id = OrderItemId(found)
    await tx.run("delete from licences where item_id = $1", item_id)
    sql = """
        insert into gifts (item_id, recipient, sender_name, message, language, send_at, tried_at,
                           sent_at, code_nonce, code_hash)
             values ($1, $2, 'Jon', 'Happy birthday!', 'en', now() - interval '3 days',
                     now() - interval '2 days', now() - interval '2 days', $3, $4)
    """
    nonce, hashed = (b"n" * 16, hash_of(code)) if code else (None, None)
    await tx.run(sql, item_id, f"{new_id().hex}@example.com", nonce, hashed)
    return item_id


async def _make_gift_code(services: Services) -> Things:
    """Make a gift, and give its code."""
    seller, code = await make.person(services, Role.CREATOR), generate_code()
    buyer = await make.person(services)
    async with services.database.transaction() as tx:
        order_id = await make.paid_order(tx, buyer.member, (seller.member, 1200))
        await _make_gift(tx, order_id, 1, code)
        await make.keep_quiet(tx)
    return {"code": code}


async def _make_block_link(services: Services) -> Things:
    """Make the link in a mail by which an address gets no more gifts."""
    keys = create_registry(services).get(GiftDesk).keys
    text = gift_rules.write_hash(hash_address(f"{new_id().hex}@example.com"))
    return {"token": f"{text}.{keys.sign(gift_rules.BLOCKING, text)}"}


async def _make_empty_show(services: Services, owner: make.Person) -> Things:
    """Make a show of the owner, and a track that is no episode."""
    async with services.database.transaction() as tx:
        show_id = await make.show(tx, owner.member)
        track_id = await make.bare_track(tx, owner.member, "Undertow")
    return {"show_id": str(show_id), "track_id": str(track_id)}


async def _make_import(services: Services, owner: make.Person) -> Things:
    """Make an import of a show that is over."""
    async with services.database.transaction() as tx:
        await make.show_import(tx, owner.member.id)
    return {}


async def _make_feed_of_member(services: Services, member: make.Person) -> Things:
    """Make a show of somebody of whom this is a member, with a feed of their own."""
    host = await make.person(services, Role.CREATOR)
    async with services.database.transaction() as tx:
        show_id = await make.show(tx, host.member)
        await make.member_of(tx, member.member, await make.tier(tx, host.member))
        await show_keys.make_feed(tx, show_id, member.member, make.NO_LINKS)
    return {"show_id": str(show_id)}


_FACTOR_MAKERS = {
    "add_episode": _make_empty_show,
    **dict.fromkeys(("show_show_import", "retry_show_import", "cancel_show_import"), _make_import),
    **dict.fromkeys(("make_own_feed", "revoke_own_feed"), _make_feed_of_member),
    **dict.fromkeys(
        (
            *("create_profile", "change_profile_member", "invite_to_profile"),
            *("transfer_profile", "delete_profile"),
        ),
        _make_page,
    ),
    **dict.fromkeys(
        (
            *("show_sent_claim", "send_claim_again", "revoke_claim"),
            *("show_claim", "claim_profile"),
        ),
        _make_placeholder,
    ),
    "list_label_releases": _make_label,
    "show_contract": _buy_licence,
    "show_sold_contract": _sell_licence,
    "merge_profile": _make_two_pages,
    **dict.fromkeys(("withdraw_profile_invitation", "remove_profile_member"), _join_page),
    **dict.fromkeys(("accept_roster_entry", "remove_from_roster"), _ask_artist),
    **dict.fromkeys(
        ("decline_product_splits", "decline_release_splits", "decline_support_splits"), _offer_parts
    ),
    "edit_comment": _write_comment,
    **dict.fromkeys(
        (
            *("show_broadcast", "change_broadcast", "preview_broadcast", "test_broadcast"),
            *("send_broadcast", "cancel_broadcast"),
        ),
        _make_broadcast,
    ),
    "confirm_subscriber": _make_subscription_link,
    "unsubscribe_address": _make_unsubscribe_link,
    **dict.fromkeys(("show_mail_subscription", "change_mail_subscription"), _make_mail_link),
    "show_playlist_cover": _cover_playlist,
    "pay_membership": _fall_behind,
    "accept_membership_price": _raise_price,
    "send_delivery": _begin_commission,
    **dict.fromkeys(("cancel_stream", "ask_for_reminder", "take_reminder_back"), _plan_stream),
    "make_stream_clip": _keep_stream,
    "add_restream_target": _forget_targets,
    "change_listening": _begin_listening,
    **dict.fromkeys(
        ("accept_delivery", "ask_for_revision", "dispute_delivery"), _deliver_commission
    ),
    "decide_commission": _dispute_commission,
    "resume_membership": _pause_membership,
    "keep_membership": _cancel_membership,
    "change_membership_tier": _join_tier,
    "appeal_takedown": _make_taken_down,
    "counter_notice": _make_upheld_notice,
    "create_passkey": _begin_passkey,
    "remove_passkey": _add_passkey,
    "rename_passkey": _add_passkey,
    "sign_in_with_passkey": _add_passkey,
    "begin_factor_passkey": _challenge_passkey,
    "begin_step_up": _add_passkey,
    "cancel_factor_recovery": _begin_recovery,
    "confirm_totp": _begin_factor,
    "remove_totp": _add_factor,
    "replace_recovery_codes": _add_factor,
    "complete_login": _challenge,
}
_MAKERS = {
    **dict.fromkeys(
        (
            *("show_guest_order", "revoke_guest_link", "list_guest_downloads"),
            *("show_guest_invoice", "refund_guest_order", "download_ordered_track"),
            *("request_guest_archive", "list_guest_archives"),
            *("list_guest_gifts", "correct_guest_gift", "resend_guest_gift"),
            "show_guest_gift_code",
        ),
        _make_guest_order,
    ),
    "open_gift": _make_gift_code,
    "show_guest_contract": _make_guest_licence,
    "block_gifts": _make_block_link,
    **dict.fromkeys(("test_site_mail", "test_site_storage"), _allow_site_tests),
    "appeal_sanction": _make_moderation_case,
    "take_down": _make_taken_down,
    "undo_takedown": _make_taken_down,
    "show_case_file": _make_reviewed_file,
    "confirm_notice": _make_mailed_notice,
    "decide_notice": _make_pending_notice,
    "refund_buyers": _make_taken_from_buyers,
    "decide_appeal": _make_moderation_case,
    "delete_member_note": _make_moderation_case,
    "unflag_order": _make_flagged_order,
    "resolve_refund": _make_unresolved_refund,
    "retry_refund": _make_unresolved_refund,
    "erase_user": _make_suspended_member,
    "begin_factor_recovery": _make_member_with_passkey,
    "show_factor_recovery": _make_member_in_recovery,
    "withdraw_factor_recovery": _make_member_in_recovery,
    "accept_sign_up": _make_newcomer,
    "decline_sign_up": _make_newcomer,
    "delete_mail_domain": _make_mail_domain,
    "delete_text_filter": _make_text_filter,
    "revoke_invitation": _make_invitation,
    "show_site_page": _write_terms,
    "start_membership": _find_tier,
}
