"""The settings: `VEZA_*` variables, read once, passed down as one frozen Struct."""

import difflib
import os
import typing
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from veza.core.errors import CannotStart
from veza.http.client import Network
from veza.infra.mail import read_sender, read_smtp_url

_PREFIX = "VEZA_"
# What ends with one of these may hold a password, which no log should show.
_CONFIDENTIAL = ("SECRET", "PASSWORD", "URL", "KEY")

_DatabaseUrl = Annotated[str, Meta(pattern="^postgres(ql)?://")]
_ValkeyUrl = Annotated[str, Meta(pattern="^(valkeys?|rediss?|unix)://")]
_SmtpUrl = Annotated[str, Meta(pattern="^smtps?://")]
_AppUrl = Annotated[str, Meta(pattern=r"^https?://[^/?#\s]+(/[^?#\s]*)?$")]
_CompanyUrl = Annotated[str, Meta(pattern=r"^https?://[^/?#\s]+(/[^?#\s]*)?$")]
_Origin = Annotated[str, Meta(pattern=r"^(\*|https?://[^/?#*]+)$")]
_Rate = Annotated[str, Meta(pattern=r"^(0|1|0\.\d{1,4})$")]
_Quota = Annotated[int, Meta(ge=0, le=1_000_000)]


class Environment(StrEnum):
    """Where the server runs. `test` relaxes no rule."""

    DEVELOPMENT = "development"
    TEST = "test"
    PRODUCTION = "production"


class LogLevel(StrEnum):
    """How much is logged."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class CreatorSignup(StrEnum):
    """Who becomes a creator: whoever wants to, or whom an admin approves."""

    OPEN = "open"
    APPROVAL = "approval"


class PaymentCompany(StrEnum):
    """Who takes buyers' money; the sandbox plays a company, and moves none."""

    SANDBOX = "sandbox"
    HYPERSWITCH = "hyperswitch"


class PayoutCompany(StrEnum):
    """Who pays sellers; the sandbox plays a company, and moves none."""

    SANDBOX = "sandbox"
    STRIPE = "stripe"


class Settings(Struct, frozen=True, kw_only=True):
    """Every setting: the name in lower case, without `VEZA_`."""

    env: Annotated[
        Environment,
        Meta(description="`production` logs JSON and marks cookies as secure."),
    ] = Environment.DEVELOPMENT
    data_dir: Annotated[
        Path, Meta(description="Where embedded engines, media and secrets lie.")
    ] = Path("data")
    database_url: Annotated[
        _DatabaseUrl | None,
        Meta(description="PostgreSQL 17 or later; embedded where there is none."),
    ] = None
    migration_database_url: Annotated[
        _DatabaseUrl | None,
        Meta(description="The same database as the owner of its schema; else `VEZA_DATABASE_URL`."),
    ] = None
    database_pool: Annotated[
        int, Meta(ge=2, le=200, description="Connections to PostgreSQL, for each process.")
    ] = 10
    valkey_url: Annotated[
        _ValkeyUrl | None, Meta(description="Valkey or Redis; embedded where there is none.")
    ] = None
    storage_url: Annotated[
        str | None,
        Meta(
            description="`s3://bucket/prefix?endpoint=…&region=…`, `gs://…`, `az://…` or "
            "`file:///path`; else `media` in the data directory."
        ),
    ] = None
    public_url: Annotated[
        Annotated[str, Meta(pattern=r"^https?://[^/?#]+$")] | None,
        Meta(
            description="Scheme and host for the URLs in answers; else what the client asked for.",
        ),
    ] = None
    app_url: Annotated[
        _AppUrl | None,
        Meta(
            description="The front-end, to which the links in mails lead; else `VEZA_PUBLIC_URL`."
        ),
    ] = None
    smtp_url: Annotated[
        _SmtpUrl | None,
        Meta(
            description="Sends mail: `smtp://user:password@host:587` or `smtps://…`; else it is "
            "written to `mail` in the data directory."
        ),
    ] = None
    mail_from: Annotated[str, Meta(description="Who mails are from.")] = "Veza <veza@localhost>"
    jwt_secret: Annotated[
        Annotated[str, Meta(min_length=32)] | None,
        Meta(
            description="Signs tokens and links; the same on all nodes. Else made at the first "
            "start.",
        ),
    ] = None
    log_level: Annotated[LogLevel, Meta(description="How much is logged.")] = LogLevel.INFO
    trusted_proxies: Annotated[
        list[str],
        Meta(description="CIDRs whose `X-Forwarded-*` are believed, separated by commas."),
    ] = []
    rate_limit_global: Annotated[
        _Quota, Meta(description="Requests a second, of all clients together; 0: any number.")
    ] = 1000
    rate_limit_per_ip: Annotated[
        _Quota, Meta(description="Requests a second of one address; 0: any number.")
    ] = 100
    rate_limit_auth: Annotated[
        _Quota,
        Meta(
            description="Requests a minute of one address to sign in and the like; 0, or where "
            "`VEZA_RATE_LIMIT_PER_IP` is: any number.",
        ),
    ] = 300
    rate_limit_frames: Annotated[
        _Quota,
        Meta(
            description="Frames a second of one WebSocket, and twice that at once; 0, or where "
            "`VEZA_RATE_LIMIT_PER_IP` is: any number.",
        ),
    ] = 50
    cors_origins: Annotated[
        list[_Origin],
        Meta(description="Origins of front-ends that may call from a browser; `*` for any."),
    ] = []
    admin_email: Annotated[
        str | None, Meta(description="Makes the first admin, where there is none.")
    ] = None
    admin_password: Annotated[str | None, Meta(description="The first admin's password.")] = None
    creator_signup: Annotated[
        CreatorSignup, Meta(description="Whether creators need an admin's approval.")
    ] = CreatorSignup.OPEN
    platform_fee_rate: Annotated[
        _Rate, Meta(description="What the platform keeps of each price: 0.10 is a tenth.")
    ] = "0.10"
    refund_window_days: Annotated[
        int,
        Meta(
            ge=0,
            le=3650,
            description="For how long buyers and sellers may have an order refunded.",
        ),
    ] = 30
    erasure_days: Annotated[
        int,
        Meta(
            ge=0,
            le=90,
            description="For how long members who leave may take it back; 0: they are erased at "
            "once.",
        ),
    ] = 0
    payment_provider: Annotated[
        PaymentCompany,
        Meta(description="Who takes buyers' money: `sandbox` plays a company, or `hyperswitch`."),
    ] = PaymentCompany.SANDBOX
    hyperswitch_url: Annotated[
        _CompanyUrl | None,
        Meta(description="Hyperswitch's API, such as `https://sandbox.hyperswitch.io`."),
    ] = None
    hyperswitch_api_key: Annotated[str | None, Meta(description="As whom we come there.")] = None
    hyperswitch_profile_id: Annotated[
        str | None, Meta(description="Which of its business profiles is ours; else the default.")
    ] = None
    hyperswitch_webhook_secret: Annotated[
        str | None,
        Meta(
            description="Signs the events of payments: Hyperswitch's response hash key. For the "
            "sandbox made at the first start.",
        ),
    ] = None
    payout_provider: Annotated[
        PayoutCompany,
        Meta(description="Who pays sellers: `sandbox` plays a company, or `stripe`."),
    ] = PayoutCompany.SANDBOX
    stripe_secret_key: Annotated[
        str | None, Meta(description="As whom we come to Stripe: `sk_…`.")
    ] = None
    stripe_url: Annotated[
        _CompanyUrl, Meta(description="Stripe's API; elsewhere for tests alone.")
    ] = "https://api.stripe.com"
    stripe_webhook_secret: Annotated[
        str | None, Meta(description="Signs the events of Stripe: `whsec_…`.")
    ] = None
    body_max_bytes: Annotated[int, Meta(ge=1, description="The largest JSON body.")] = 1024 * 1024
    upload_max_bytes: Annotated[int, Meta(ge=1, description="The largest audio file.")] = (
        2 * 1024**3
    )
    track_max_seconds: Annotated[int, Meta(ge=1, description="The longest track.")] = 6 * 3600
    ffmpeg: Annotated[
        Path | None, Meta(description="The ffmpeg to use; else the one that is installed along.")
    ] = None
    workers: Annotated[
        int, Meta(ge=0, le=64, description="HTTP processes; 0: as many as cores.")
    ] = 0

    @property
    def is_production(self) -> bool:
        """Tell whether real people depend on this server."""
        return self.env is Environment.PRODUCTION

    @property
    def fee_rate(self) -> Decimal:
        """What the platform keeps of each price."""
        return Decimal(self.platform_fee_rate)

    @property
    def refund_window(self) -> timedelta:
        """For how long buyers and sellers may have an order refunded."""
        return timedelta(days=self.refund_window_days)

    @property
    def second_thoughts(self) -> timedelta:
        """For how long members who leave may take it back."""
        return timedelta(days=self.erasure_days)

    @property
    def proxies(self) -> list[Network]:
        """The networks of the trusted proxies."""
        return [ip_network(text) for text in self.trusted_proxies]


def read_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from the environment. Raises CannotStart, naming the wrong one."""
    environ = os.environ if environ is None else environ
    given: dict[str, Any] = {}
    for field in msgspec.structs.fields(Settings):
        name = _PREFIX + field.name.upper()
        if environ.get(name, "") != "":
            given[field.name] = _parse(name, environ[name], field.type)
    settings = Settings(**given)
    _ensure_proxies(settings)
    _ensure_ffmpeg(settings)
    _ensure_mail(settings)
    _ensure_companies(settings)
    return settings


def find_unknown(environ: Mapping[str, str] | None = None) -> list[str]:
    """Say which `VEZA_*` variables mean nothing to us, and what may have been meant."""
    known = [_PREFIX + field.name.upper() for field in msgspec.structs.fields(Settings)]
    found: list[str] = []
    for name in sorted(os.environ if environ is None else environ):
        if name.startswith(_PREFIX) and name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            found.append(f"{name} is no setting" + (f": {near[0]}?" if near else "."))
    return found


def write_table() -> str:
    """Write the table of settings for the documentation."""
    rows = ["| setting | default | meaning |", "| --- | --- | --- |"]
    for field in msgspec.structs.fields(Settings):
        default = "" if field.default in (None, msgspec.NODEFAULT) else f"`{field.default}`"
        if isinstance(field.default_factory, type):
            default = ""
        rows.append(f"| `{_PREFIX}{field.name.upper()}` | {default} | {_meaning(field.type)} |")
    return "\n".join(rows) + "\n"


def _parse(name: str, text: str, kind: Any) -> Any:
    value: Any = text
    if "list" in str(kind):
        value = [part.strip() for part in text.split(",") if part.strip()]
    try:
        return msgspec.convert(value, kind, strict=False, dec_hook=_to_path)
    except (msgspec.ValidationError, ValueError) as error:
        shown = name if name.endswith(_CONFIDENTIAL) else f"{name}={text!r}"
        raise CannotStart(f"{shown} can't be used: {error}") from error


def _to_path(kind: type, value: Any) -> Any:
    return Path(value) if kind is Path else value


def _ensure_proxies(settings: Settings) -> None:
    for text in settings.trusted_proxies:
        try:
            ip_network(text)
        except ValueError as error:
            raise CannotStart(f"VEZA_TRUSTED_PROXIES can't be used: {error}") from error


def _ensure_ffmpeg(settings: Settings) -> None:
    if settings.ffmpeg is not None and not os.access(settings.ffmpeg, os.X_OK):
        raise CannotStart(f"VEZA_FFMPEG={str(settings.ffmpeg)!r} is no program that can be run.")


def _ensure_mail(settings: Settings) -> None:
    name = "VEZA_MAIL_FROM"
    try:
        read_sender(settings.mail_from)
        name = "VEZA_SMTP_URL"
        if settings.smtp_url is not None:
            read_smtp_url(settings.smtp_url)
    except CannotStart as error:
        raise CannotStart(f"{name} can't be used: {error}") from None


def _ensure_companies(settings: Settings) -> None:
    """Without these a company that is chosen can't be asked, or what it says not be believed."""
    wanted: list[str] = []
    if settings.payment_provider is PaymentCompany.HYPERSWITCH:
        wanted += ["hyperswitch_url", "hyperswitch_api_key", "hyperswitch_webhook_secret"]
    if settings.payout_provider is PayoutCompany.STRIPE:
        wanted += ["stripe_secret_key", "stripe_webhook_secret"]
    for name in wanted:
        if getattr(settings, name) is None:
            company = name.partition("_")[0].capitalize()
            raise CannotStart(f"{_PREFIX}{name.upper()} is missing: {company} was chosen.")


def _meaning(kind: Any) -> str:
    for part in (kind, *typing.get_args(kind)):
        for meta in getattr(part, "__metadata__", ()):
            if isinstance(meta, Meta) and meta.description:
                return meta.description
    return ""
