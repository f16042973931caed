"""The machines and what stands on them, put together once for each process."""

import asyncio
import os
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import timedelta
from functools import partial

from msgspec import Struct

from veza.app.database_connections import ProcessType, open_database
from veza.app.paths import Addresses, find_addresses, find_ffmpeg, live_folder, mail_folder
from veza.app.payment_providers import MoneyProviders, make_webhook_secrets, open_providers
from veza.app.personal_data import list_personal_data
from veza.app.report_targets import REPORTABLE
from veza.app.setting_types import CreatorSignup, Streamers
from veza.app.settings import Settings
from veza.core.audit_record import AuditRecord
from veza.core.errors import Unavailable
from veza.core.signed_urls import UrlSigner
from veza.domains.auth.accounts.rules import FAILED_LOGIN_WINDOW_S, MAX_FAILED_LOGINS
from veza.domains.auth.accounts.service import Doorkeeper
from veza.domains.auth.api_keys.service import KeyUses
from veza.domains.auth.recovery.models import Site
from veza.domains.auth.recovery.service import Postroom
from veza.domains.auth.sessions.events import SESSION_ENDED
from veza.domains.auth.sessions.rules import ACCESS_LIFETIME
from veza.domains.auth.sessions.service import Door, EndedSessions
from veza.domains.chat.conversations.events import CONVERSATION, READ
from veza.domains.chat.conversations.service import Lobby
from veza.domains.cloud.blobs.service import Vault
from veza.domains.cloud.files.models import Retention
from veza.domains.cloud.files.service import Cabinet
from veza.domains.cloud.shares.service import Hatch
from veza.domains.gear.service import Binder
from veza.domains.images.service import Darkroom
from veza.domains.live.service import Station
from veza.domains.live.viewers import Audiences
from veza.domains.marketplace.invoices.service import Archive
from veza.domains.marketplace.orders import service as orders
from veza.domains.marketplace.products.service import Stockroom
from veza.domains.marketplace.purchases.service import Till
from veza.domains.marketplace.sandbox.service import SandboxPayments, SandboxPayouts
from veza.domains.marketplace.webhooks.service import Doors
from veza.domains.moderation.service import Desk
from veza.domains.music.audio.service import Studio
from veza.domains.notifications.inbox.events import NOTIFIED
from veza.domains.platform.audit import service as audit
from veza.domains.platform.quotas.models import Kind, Limit
from veza.domains.platform.quotas.service import Quotas
from veza.domains.platform.site_controls.events import CONTROL_CHANGED
from veza.domains.platform.site_controls.service import ControlRoom
from veza.domains.privacy.service import Estate
from veza.domains.realtime import service as chat
from veza.domains.realtime.hub import Hub
from veza.domains.realtime.presence import Presence
from veza.domains.realtime.presence_feed import PRESENCE, TYPING, Company
from veza.domains.relationships.events import BLOCKS_CHANGED
from veza.http.audit import record_current_request
from veza.infra.jobs.batches import BatchWriter
from veza.infra.mail.mailer import open_mailer
from veza.infra.media.audio import MediaLimits
from veza.infra.payments.provider import PaymentProvider
from veza.infra.payouts.provider import PayoutProvider
from veza.infra.postgres import revisions
from veza.infra.postgres.database import Database
from veza.infra.postgres.revisions import Revisions
from veza.infra.security.device_tokens import DeviceTokens
from veza.infra.security.encryption import Encryptor
from veza.infra.security.login_throttle import LoginThrottle
from veza.infra.security.passwords import Passwords
from veza.infra.security.secrets import DerivedKeys, Secrets, load_secrets
from veza.infra.security.tokens import TokenSigner
from veza.infra.storage.objects import Storage, open_storage
from veza.infra.typesetting.typesetter import Typesetter
from veza.infra.valkey import client as valkey
from veza.infra.valkey.broadcast import Broadcast
from veza.infra.valkey.client import ValkeyClient
from veza.infra.valkey.hourly_limits import HourlyLimits
from veza.infra.valkey.rate_limiter import RateLimiter

PREFIX = "/api/v1"
# How `veza serve` tells its processes where it listens.
SERVED_AT = "_VEZA_SERVED_AT"
# Each takes a core for some tenths of a second, and up to 256 MiB.
_PICTURES_AT_ONCE = 2
_DOCUMENTS_AT_ONCE = 2


class Connections(Struct, frozen=True):
    """What was connected before anything can be put together."""

    database: Database
    valkey: ValkeyClient
    companies: MoneyProviders


class Services(Struct, frozen=True):
    """Everything that a process works with."""

    settings: Settings
    addresses: Addresses
    database: Database
    valkey: ValkeyClient
    broadcast: Broadcast
    revisions: Revisions
    limiter: RateLimiter
    keys: DerivedKeys
    payments: PaymentProvider
    payouts: PayoutProvider
    webhook_doors: Doors
    door: Door
    doorkeeper: Doorkeeper
    key_uses: KeyUses
    studio: Studio
    darkroom: Darkroom
    archive: Archive
    stockroom: Stockroom
    station: Station
    cabinet: Cabinet
    till: Till
    desk: Desk
    unrecorded: BatchWriter[AuditRecord]
    control: ControlRoom
    lobby: Lobby
    postroom: Postroom
    chat_gate: chat.Gate
    hub: Hub

    @property
    def companies(self) -> MoneyProviders:
        """The payment and payout providers: those of the settings, and the sandbox."""
        sandbox = SandboxPayments(self.database), SandboxPayouts(self.database, PREFIX)
        return MoneyProviders(self.payments, self.payouts, *sandbox)

    @property
    def url_signer(self) -> UrlSigner:
        """What signs URLs and checks their signatures."""
        return _make_url_signer(self.keys)

    @property
    def storage(self) -> Storage:
        """Where all that members bring lies."""
        return self.studio.storage

    @property
    def hatch(self) -> Hatch:
        """What hands files out to those who have a link; passwords are checked as at the door."""
        keeper = self.doorkeeper
        return Hatch(self.cabinet.vault, keeper.passwords, keeper.attempts)

    @property
    def binder(self) -> Binder:
        """Where the documents of gear lie."""
        return Binder(self.storage)

    @property
    def quotas(self) -> Quotas:
        """The storage quotas of each member."""
        return _make_quotas(self.settings, self.database)

    @property
    def estate(self) -> Estate:
        """All that is kept of anybody."""
        parts = list_personal_data(self.settings.money_mode)
        return Estate(parts, self.storage, self.settings.second_thoughts)


def find_retention(settings: Settings) -> Retention:
    """Tell how long what members deleted or replaced is kept."""
    days = settings.cloud_versions_days
    return Retention(
        trash=timedelta(days=settings.cloud_trash_days),
        versions=timedelta(days=days) if days else None,
    )


@asynccontextmanager
async def open_services(
    settings: Settings, purpose: ProcessType = ProcessType.COMMAND
) -> AsyncGenerator[Services]:
    """Open everything; close it at the end. Raises CannotStart."""
    secrets = load_secrets(settings.data_dir)
    addresses = find_addresses(settings, secrets)
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(
            open_database(settings, addresses.database, purpose)
        )
        client = await stack.enter_async_context(valkey.connect(addresses.valkey))
        companies = await stack.enter_async_context(open_providers(settings, database, PREFIX))
        services = _assemble(settings, secrets, addresses, Connections(database, client, companies))
        stack.callback(services.storage.close)
        stack.callback(services.doorkeeper.passwords.close)
        # Before the news is read, so that no older view can replace a newer one.
        await services.control.load()
        await stack.enter_async_context(services.revisions.running())
        await stack.enter_async_context(services.broadcast.running())
        await stack.enter_async_context(services.hub.running())
        await stack.enter_async_context(services.key_uses.running())
        await stack.enter_async_context(services.unrecorded.running())
        yield services


def _assemble(
    settings: Settings, secrets: Secrets, addresses: Addresses, connections: Connections
) -> Services:
    database, client = connections.database, connections.valkey
    secret = settings.jwt_secret or secrets.master
    broadcast, news = Broadcast(client), Revisions(database)
    control, keys = ControlRoom(database), DerivedKeys(secret)
    door = _make_door(secret, news, keys)
    studio = _make_studio(settings)
    _connect(database, news, broadcast, control)
    return Services(
        settings=settings,
        addresses=addresses,
        database=database,
        valkey=client,
        broadcast=broadcast,
        revisions=news,
        limiter=RateLimiter(client),
        keys=keys,
        payments=connections.companies.payments,
        payouts=connections.companies.payouts,
        webhook_doors=make_webhook_secrets(settings, secrets, connections.companies.payments),
        door=door,
        doorkeeper=_make_doorkeeper(settings, door, client, keys),
        key_uses=KeyUses(database),
        studio=studio,
        darkroom=_make_darkroom(studio),
        archive=_make_archive(studio),
        stockroom=Stockroom(studio.storage, settings.upload_max_bytes),
        station=_make_station(settings, client),
        cabinet=_make_cabinet(settings, studio),
        till=_make_till(settings, connections.companies),
        desk=Desk(REPORTABLE, valkey.WindowCounters(client)),
        unrecorded=BatchWriter("audit", partial(audit.record_apart, database)),
        control=control,
        lobby=Lobby(valkey.WindowCounters(client)),
        postroom=_make_postroom(settings, client),
        chat_gate=_make_chat_gate(secret, door),
        hub=_make_hub(settings, connections, broadcast, news=news, keys=keys),
    )


def _connect(
    database: Database, news: Revisions, broadcast: Broadcast, control: ControlRoom
) -> None:
    news.listen(CONTROL_CHANGED, control.learn)
    broadcast.listen(revisions.TOPIC, news.wake)
    database.set_signals(partial(_tell, news, broadcast))
    database.set_before_commit(partial(record_current_request, audit.record))


async def _tell(news: Revisions, broadcast: Broadcast, topics: frozenset[str]) -> None:
    # This process knows at once, before the answer goes out; the others hear of it. What was
    # committed is committed: where the news can't be read now, the next turn reads it.
    if revisions.TOPIC in topics:
        with suppress(Unavailable):
            await news.refresh()
    await broadcast.signal(topics)


def _make_url_signer(keys: DerivedKeys) -> UrlSigner:
    return UrlSigner(keys.derive("url"), PREFIX)


def _make_till(settings: Settings, companies: MoneyProviders) -> Till:
    return Till(
        companies.payments,
        settings.fee_rate,
        settings.app_url,
        former=companies.former_payments,
    )


def _make_door(secret: str, news: Revisions, keys: DerivedKeys) -> Door:
    tokens = TokenSigner(secret.encode(), audience="veza:access", lifetime=ACCESS_LIFETIME)
    door = Door(tokens, EndedSessions(), keys.derive("refresh"))
    news.listen(SESSION_ENDED, door.ended.learn)
    return door


def _make_doorkeeper(
    settings: Settings, door: Door, client: ValkeyClient, keys: DerivedKeys
) -> Doorkeeper:
    return Doorkeeper(
        door=door,
        passwords=Passwords(threads=os.cpu_count() or 1),
        attempts=LoginThrottle(
            client,
            max_failures=MAX_FAILED_LOGINS,
            window_s=FAILED_LOGIN_WINDOW_S,
        ),
        device_tokens=DeviceTokens(keys),
        creators_need_approval=settings.creator_signup is CreatorSignup.APPROVAL,
    )


def _make_chat_gate(secret: str, door: Door) -> chat.Gate:
    tokens = TokenSigner(secret.encode(), audience=chat.AUDIENCE, lifetime=chat.TOKEN_LIFETIME)
    return chat.Gate(tokens, door.ended)


def _make_hub(
    settings: Settings,
    connections: Connections,
    broadcast: Broadcast,
    *,
    news: Revisions,
    keys: DerivedKeys,
) -> Hub:
    company = Company(Presence(connections.valkey), broadcast)
    limits = HourlyLimits(valkey.WindowCounters(connections.valkey), settings.hourly_limits)
    hub = Hub(connections.database, company, _make_url_signer(keys).builder, limits)
    news.listen(NOTIFIED, hub.courier.want)
    news.listen(SESSION_ENDED, hub.end_sessions)
    news.listen(BLOCKS_CHANGED, hub.blocks.learn)
    broadcast.listen_subjects(CONVERSATION, hub.hear)
    broadcast.listen_subjects(READ, company.hear_read)
    broadcast.listen_subjects(TYPING, company.hear_typing)
    broadcast.listen_subjects(PRESENCE, company.hear_presence)
    return hub


def _make_studio(settings: Settings) -> Studio:
    storage = open_storage(
        settings.storage_url,
        settings.data_dir.absolute(),
        write_memory_bytes=settings.upload_memory_bytes,
    )
    folder = settings.data_dir.absolute() / "work"
    folder.mkdir(mode=0o700, exist_ok=True)
    limits = MediaLimits(ffmpeg=find_ffmpeg(settings), max_duration_s=settings.track_max_seconds)
    return Studio(
        storage,
        limits,
        folder,
        settings.upload_max_bytes,
        purchases=orders,
        max_processing=settings.tracks_in_processing,
    )


def _make_station(settings: Settings, client: ValkeyClient) -> Station:
    def load_keys() -> list[str]:
        return settings.live_sealing_keys or load_secrets(settings.data_dir).sealing_keys

    return Station(
        sealing=Encryptor(load_keys),
        audiences=Audiences(client),
        folder=live_folder(settings) / "hls",
        creators_only=settings.live_streamers is Streamers.CREATORS,
        spread_below=settings.live_playback_url,
    )


def _make_quotas(settings: Settings, database: Database) -> Quotas:
    limits = {
        Kind.TRACKS: Limit(settings.track_quota_bytes, settings.track_quota_count),
        Kind.IMAGES: Limit(settings.image_quota_bytes, settings.image_quota_count),
        Kind.PRODUCT_FILES: Limit(settings.product_quota_bytes),
        Kind.GEAR_DOCUMENTS: Limit(settings.gear_quota_bytes),
    }
    return Quotas(database, limits, settings.uploads_per_member)


def _make_cabinet(settings: Settings, studio: Studio) -> Cabinet:
    vault = Vault(studio.storage, settings.upload_max_bytes)
    return Cabinet(vault, settings.cloud_quota_bytes)


def _make_darkroom(studio: Studio) -> Darkroom:
    places = asyncio.Semaphore(_PICTURES_AT_ONCE)
    return Darkroom(studio.storage, studio.limits.ffmpeg, studio.folder, places)


def _make_archive(studio: Studio) -> Archive:
    return Archive(studio.storage, Typesetter(studio.folder, asyncio.Semaphore(_DOCUMENTS_AT_ONCE)))


def _make_postroom(settings: Settings, client: ValkeyClient) -> Postroom:
    own = settings.public_url or os.environ.get(SERVED_AT, "http://localhost:8080")
    return Postroom(
        mailer=open_mailer(settings.smtp_url, settings.mail_from, mail_folder(settings)),
        counters=valkey.WindowCounters(client),
        site=Site(
            front_end=(settings.app_url or own).rstrip("/"),
            api=f"{own}/api/v1",
            has_front_end=settings.app_url is not None,
        ),
    )
