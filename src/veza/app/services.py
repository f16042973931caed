"""The services of a process, created once when it starts."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial

from msgspec import Struct

from veza.app.database_connections import ProcessType, open_database, open_replica
from veza.app.domains import PERSONAL_DATA
from veza.app.file_storage import create_audio_storage, create_cloud_storage, create_uploads
from veza.app.live import create_encryptor, create_live_context
from veza.app.mail import create_site_mailer
from veza.app.paths import (
    PREFIX,
    Addresses,
    find_addresses,
)
from veza.app.payment_providers import (
    MoneyProviders,
    create_webhook_secrets,
    open_providers,
)
from veza.app.report_targets import REPORTABLE, TAKEDOWNS
from veza.app.reviews import COPIES, OBJECTS, REVIEWED
from veza.app.settings.settings import Settings
from veza.app.sign_in import (
    create_hourly_limits,
    create_login_context,
    create_session_tokens,
    create_sign_up_context,
)
from veza.app.web_push import create_web_push
from veza.core.audit_record import AuditRecord
from veza.core.errors import Unavailable
from veza.core.signed_urls import UrlSigner
from veza.domains.auth.accounts.service.login_context import LoginContext
from veza.domains.auth.api_keys.service import ApiKeyUsage
from veza.domains.auth.app_passwords.service import AppPasswords
from veza.domains.auth.sessions.service import SessionTokens
from veza.domains.auth.sign_up.service.registration import SignUpContext
from veza.domains.cloud.files.service import CloudStorage
from veza.domains.cloud.shares.service import SharedFileAccess
from veza.domains.images.service.images import ImageProcessing
from veza.domains.live.service.context import LiveContext
from veza.domains.marketplace.invoices.service import InvoiceDocuments, create_documents
from veza.domains.marketplace.orders.service.placing import CheckoutContext
from veza.domains.marketplace.products.service import ProductFileStorage
from veza.domains.marketplace.webhooks.service import WebhookSecrets
from veza.domains.moderation.reports.service import ReportContext
from veza.domains.moderation.takedowns.service import TakedownContext
from veza.domains.music.audio.service.audio_storage import AudioStorage
from veza.domains.notifications.push.service import WebPush
from veza.domains.platform.audit import service as audit
from veza.domains.platform.mail.service import SiteMailer
from veza.domains.platform.site_controls.events import CONTROLS_CHANGED
from veza.domains.platform.site_controls.service import SiteControls
from veza.domains.platform.text_filters.events import TEXT_FILTERS_CHANGED
from veza.domains.platform.text_filters.service import TextFilters
from veza.domains.platform.uploads.service import Uploads
from veza.domains.privacy.service import PersonalDataContext
from veza.domains.realtime import service as chat
from veza.domains.realtime.hub import Hub
from veza.domains.realtime.presence import PresenceStore
from veza.domains.realtime.presence_feed import PresenceFeed
from veza.domains.site.events import SITE_CHANGED
from veza.domains.site.service import SiteProfile
from veza.http.layers.audit import find_statement_record, record_current_request
from veza.infra.jobs import outbox
from veza.infra.jobs.batches import BatchWriter
from veza.infra.payments.provider import PaymentProvider
from veza.infra.payouts.provider import PayoutProvider
from veza.infra.postgres.database import Database
from veza.infra.postgres.revisions import TOPIC as REVISIONS_TOPIC
from veza.infra.postgres.revisions import Revisions
from veza.infra.security.secrets import DerivedKeys, Secrets, load_secrets
from veza.infra.security.tokens import TokenSigner
from veza.infra.storage.disk_reserve import DiskReserve
from veza.infra.storage.objects import Storage
from veza.infra.valkey import client as valkey
from veza.infra.valkey.broadcast import Broadcast
from veza.infra.valkey.client import ValkeyClient, WindowCounters
from veza.infra.vat_ids.directory import VatIdDirectory


class Connections(Struct, frozen=True):
    """The connections that the services use, and where they lead to."""

    addresses: Addresses
    database: Database
    replica: Database | None
    valkey: ValkeyClient
    providers: MoneyProviders
    text_filters: TextFilters


class Services(Struct, frozen=True):
    """The services, and the settings they were created from."""

    settings: Settings
    addresses: Addresses
    database: Database
    replica: Database | None
    valkey: ValkeyClient
    broadcast: Broadcast
    revisions: Revisions
    keys: DerivedKeys
    url_signer: UrlSigner
    providers: MoneyProviders
    vat_ids: VatIdDirectory | None
    webhook_secrets: WebhookSecrets
    session_tokens: SessionTokens
    login_context: LoginContext
    key_uses: ApiKeyUsage
    app_passwords: AppPasswords
    uploads: Uploads
    audio_storage: AudioStorage
    invoice_documents: InvoiceDocuments
    live: LiveContext
    cloud_storage: CloudStorage
    unrecorded: BatchWriter[AuditRecord]
    site_controls: SiteControls
    site_profile: SiteProfile
    counters: WindowCounters
    site_mailer: SiteMailer
    web_push: WebPush
    chat_tokens: chat.ChatTokens
    hub: Hub

    @property
    def payments(self) -> PaymentProvider:
        """Return the payment provider of the settings."""
        return self.providers.payments

    @property
    def payouts(self) -> PayoutProvider:
        """Return the payout provider of the settings."""
        return self.providers.payouts

    @property
    def text_filters(self) -> TextFilters:
        """Return the filters of public texts."""
        return self.hub.text_filters

    @property
    def storage(self) -> Storage:
        """Return the storage of all files of members."""
        return self.uploads.storage

    @property
    def disk(self) -> DiskReserve:
        """Return the reserve of the disks that hold data."""
        return self.storage.disk

    @property
    def image_processing(self) -> ImageProcessing:
        """Return the service that re-encodes images and the covers of tracks."""
        return self.audio_storage.covers

    @property
    def product_files(self) -> ProductFileStorage:
        """Return the storage of the files of products."""
        return ProductFileStorage(self.storage, self.settings.upload_max_bytes)

    @property
    def checkout(self) -> CheckoutContext:
        """Return what creating an order needs."""
        settings = self.settings
        return CheckoutContext(self.payments, settings.fee_rate, settings.app_url, self.vat_ids)

    @property
    def report_context(self) -> ReportContext:
        """Return what members can report, and the rate limit of reports."""
        return ReportContext(REPORTABLE, COPIES, self.counters)

    @property
    def takedown_context(self) -> TakedownContext:
        """Return what staff can take down."""
        return TakedownContext(TAKEDOWNS, REVIEWED, OBJECTS)

    @property
    def sign_up(self) -> SignUpContext:
        """Return what creating an account needs."""
        return create_sign_up_context(self.settings, self.login_context, self.counters, self.keys)

    @property
    def shared_file_access(self) -> SharedFileAccess:
        """Return the service that serves files by share links."""
        login = self.login_context
        return SharedFileAccess(self.cloud_storage.blobs, login.passwords, login.attempts)

    @property
    def personal_data(self) -> PersonalDataContext:
        """Return what exporting and erasing personal data needs."""
        return PersonalDataContext(
            PERSONAL_DATA,
            self.storage,
            self.settings.erasure_delay,
            self.settings.balance_modes,
        )


@asynccontextmanager
async def open_services(
    settings: Settings, process_type: ProcessType = ProcessType.COMMAND
) -> AsyncGenerator[Services]:
    """Open the services, and close them at the end. Raises CannotStart."""
    secrets = load_secrets(settings.data_dir)
    addresses = find_addresses(settings, secrets)
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(
            open_database(settings, addresses.database, process_type)
        )
        replica = await stack.enter_async_context(open_replica(settings, process_type))
        client = await stack.enter_async_context(valkey.connect(addresses.valkey))
        providers = await stack.enter_async_context(
            open_providers(settings, secrets, database, PREFIX)
        )
        connections = Connections(
            addresses, database, replica, client, providers, TextFilters(database)
        )
        services = _create_services(settings, secrets, connections)
        _connect(database, services)
        stack.callback(services.storage.close)
        stack.callback(services.login_context.passwords.close)
        # Before revisions are read, so that an older state never replaces a newer one.
        await services.site_controls.load()
        await services.site_profile.load()
        await services.text_filters.load()
        await stack.enter_async_context(services.disk.watching())
        await stack.enter_async_context(services.revisions.running())
        await stack.enter_async_context(services.broadcast.running())
        await stack.enter_async_context(services.hub.running())
        await stack.enter_async_context(services.key_uses.running())
        await stack.enter_async_context(services.unrecorded.running())
        yield services


def _create_services(settings: Settings, secrets: Secrets, connections: Connections) -> Services:
    database, client, providers = connections.database, connections.valkey, connections.providers
    secret, site = settings.jwt_secret or secrets.master, SiteProfile(database, PREFIX)
    broadcast, revisions, counters = Broadcast(client), Revisions(database), WindowCounters(client)
    keys, uploads = DerivedKeys(secret), create_uploads(settings, database)
    url_signer = UrlSigner(keys.derive("url"), PREFIX)
    session_tokens = create_session_tokens(secret, revisions, keys)
    login = create_login_context(settings, session_tokens, client, keys, create_encryptor(settings))
    audio = create_audio_storage(settings, uploads.storage, connections.text_filters)
    return Services(
        settings=settings,
        addresses=connections.addresses,
        database=database,
        replica=connections.replica,
        valkey=client,
        broadcast=broadcast,
        revisions=revisions,
        keys=keys,
        url_signer=url_signer,
        providers=providers,
        vat_ids=None if settings.vies_url is None else VatIdDirectory(settings.vies_url),
        webhook_secrets=create_webhook_secrets(settings, secrets, providers.payments),
        session_tokens=session_tokens,
        login_context=login,
        key_uses=ApiKeyUsage(database),
        app_passwords=AppPasswords(database, login.factors, login.attempts),
        uploads=uploads,
        audio_storage=audio,
        invoice_documents=create_documents(audio.storage, audio.folder),
        live=create_live_context(settings, client, login, url_signer),
        cloud_storage=create_cloud_storage(settings, uploads.storage),
        unrecorded=BatchWriter("audit", partial(audit.record_outside_transaction, database)),
        site_controls=SiteControls(database),
        site_profile=site,
        counters=counters,
        site_mailer=create_site_mailer(settings, counters, url_signer, site, database),
        web_push=create_web_push(settings, secrets),
        chat_tokens=_create_chat_tokens(secret, session_tokens),
        hub=_create_hub(settings, connections, broadcast, url_signer=url_signer),
    )


def _connect(database: Database, services: Services) -> None:
    revisions = services.revisions
    broadcast = services.broadcast
    revisions.listen(CONTROLS_CHANGED, services.site_controls.learn)
    revisions.listen(SITE_CHANGED, services.site_profile.learn)
    revisions.listen(TEXT_FILTERS_CHANGED, services.text_filters.learn)
    services.hub.listen(revisions, broadcast)
    broadcast.listen(REVISIONS_TOPIC, revisions.wake)
    broadcast.let_wait(outbox.TOPIC)
    database.set_signals(partial(_signal, revisions, broadcast))
    database.set_before_commit(partial(record_current_request, audit.record_change))
    database.set_record_of_statement(partial(find_statement_record, audit.record_of_statement))


async def _signal(revisions: Revisions, broadcast: Broadcast, topics: frozenset[str]) -> None:
    # This process reads the change before it responds; the others are signalled. The transaction
    # is already committed: if revisions can't be read now, the next poll reads them.
    if REVISIONS_TOPIC in topics:
        with suppress(Unavailable):
            await revisions.refresh()
    await broadcast.signal(topics)


def _create_chat_tokens(secret: str, session_tokens: SessionTokens) -> chat.ChatTokens:
    tokens = TokenSigner(secret.encode(), audience=chat.AUDIENCE, lifetime=chat.TOKEN_LIFETIME)
    return chat.ChatTokens(tokens, session_tokens.ended)


def _create_hub(
    settings: Settings, connections: Connections, broadcast: Broadcast, *, url_signer: UrlSigner
) -> Hub:
    presence_feed = PresenceFeed(PresenceStore(connections.valkey), broadcast)
    counters = WindowCounters(connections.valkey)
    limits = create_hourly_limits(settings, counters, connections.database)
    return Hub(
        connections.database, presence_feed, url_signer.builder, limits, connections.text_filters
    )
