"""The application's objects and settings that the HTTP layer uses: `app.state.context`."""

from collections.abc import Sequence
from typing import Any, Protocol

from litestar.connection import ASGIConnection
from litestar.datastructures import State
from msgspec import Struct

from veza.core.access import Member
from veza.core.audit_record import AuditRecord
from veza.core.ids import UserId
from veza.core.listener_identity import Sign
from veza.core.profiles import ProfileRole
from veza.core.signed_urls import UrlSigner
from veza.core.site_identity import SiteIdentity
from veza.core.step_up import StepUp
from veza.core.text_mining import MinedKind
from veza.http.expensive import ExpensiveReads
from veza.http.responses.file_delivery import FileDelivery
from veza.http.security.client import (
    ClientInfo,
    Network,
    find_base_url,
    find_client,
    find_country,
)
from veza.http.security.cookies import TokenCookies
from veza.http.security.csrf import CsrfTokens
from veza.http.security.host_addresses import mark_host
from veza.infra.concurrency.overload import OverloadGauge
from veza.infra.jobs.batches import BatchWriter
from veza.infra.postgres.database import Database
from veza.infra.postgres.replica import ReplicaReads
from veza.infra.storage.objects import Storage
from veza.infra.valkey.hourly_limits import HourlyLimits
from veza.infra.valkey.rate_limiter import RateLimiter

type Connection = ASGIConnection[Any, Any, Any, Any]


class Authenticate(Protocol):
    """Return the member who holds a token or an API key. Raises Unauthenticated."""

    async def __call__(self, credential: str, /) -> Member:
        """Return the member."""
        ...


class EnsureOpen(Protocol):
    """Raise UnderMaintenance while the site is closed for maintenance."""

    def __call__(self) -> None:
        """Raise, or return."""
        ...


class EnsureRoom(Protocol):
    """Raise DiskReserveReached while the server may store nothing new."""

    def __call__(self) -> None:
        """Raise, or return."""
        ...


class IsStepUpDue(Protocol):
    """Return whether the session of a member has to prove again whose it is."""

    async def __call__(self, member: Member, needed: StepUp, /) -> bool:
        """Return whether a proof is due."""
        ...


class FindProfileRole(Protocol):
    """Return the role of an account in a profile; None without one, or if the profile is hidden."""

    async def __call__(self, profile_id: UserId, account_id: UserId, /) -> ProfileRole | None:
        """Return the role, or None."""
        ...


class FindReserved(Protocol):
    """Return which items are of profiles that reserve text and data mining."""

    async def __call__(self, kind: MinedKind, keys: Sequence[str], /) -> set[str]:
        """Return their ids or handles, of those that are given."""
        ...


class IdentifySite(Protocol):
    """Return how the site presents itself at this moment."""

    def __call__(self) -> SiteIdentity:
        """Return its name, colours and pages."""
        ...


class PaymentForm(Struct, frozen=True):
    """The payment form of a provider: the addresses of its script and API, and our public key."""

    script_url: str
    api_url: str
    publishable_key: str


class HttpContext(Struct, frozen=True, kw_only=True):
    """Connections, limits, settings and functions of the domains that the HTTP layer uses."""

    database: Database
    # Only for callers without credentials: what they read may be a second old.
    replica_reads: ReplicaReads
    expensive_reads: ExpensiveReads
    overload: OverloadGauge
    rate_limiter: RateLimiter
    hourly_limits: HourlyLimits
    csrf: CsrfTokens
    cookies: TokenCookies
    # Audit records of requests that no transaction has recorded.
    unrecorded: BatchWriter[AuditRecord]
    trusted_proxies: Sequence[Network]
    storage: Storage
    file_delivery: FileDelivery
    # The header in which a trusted proxy sends the country of a client; None if there is none.
    country_header: str | None
    # The configured address of this server; None to use the address of each request.
    public_url: str | None
    # Where players load live streams; None if from this server.
    playback_url: str | None
    # What the checkout page loads; None if the web application takes no payments.
    payment_form: PaymentForm | None
    is_production: bool
    url_signer: UrlSigner
    # Signs the identity of listeners, see `core.listener_identity`.
    sign: Sign
    authenticate: Authenticate
    authenticate_key: Authenticate
    is_step_up_due: IsStepUpDue
    find_profile_role: FindProfileRole
    find_reserved: FindReserved
    ensure_open: EnsureOpen
    ensure_room: EnsureRoom
    identify_site: IdentifySite

    def client_of(self, connection: Connection) -> ClientInfo:
        """Return the address and the user agent of a client."""
        return find_client(connection, self.trusted_proxies)

    def country_of(self, connection: Connection) -> str | None:
        """Return the country of a client's network, if a trusted proxy tells it."""
        return find_country(connection, self.country_header, self.trusted_proxies)

    def base_url_of(self, connection: Connection) -> str:
        """Return the address at which a client reaches this server (`security.host_addresses`)."""
        if self.public_url is None:
            mark_host(connection.scope)
        return find_base_url(connection, self.public_url, self.trusted_proxies)


def context_of(connection: Connection) -> HttpContext:
    """Return the context of the application that handles a request."""
    return context_in(connection.app.state)


def context_in(state: State) -> HttpContext:
    """Return the context in the state of an application, for layers outside of the framework."""
    return state.context
