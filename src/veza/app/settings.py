"""The settings, passed down as one frozen Struct. `environ.py` reads them from `VEZA_*`."""

from datetime import timedelta
from decimal import Decimal
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated

from msgspec import Meta, Struct

from veza.app.setting_types import (
    AppUrl,
    CreatorSignup,
    DatabaseUrl,
    Environment,
    ListenAddress,
    LogLevel,
    Origin,
    PaymentProviderName,
    PayoutProviderName,
    PlaybackUrl,
    ProviderUrl,
    Quota,
    Rate,
    RtmpUrl,
    Size,
    SmtpUrl,
    Streamers,
    ValkeyUrl,
)
from veza.core.activities import Activity
from veza.core.money_mode import MoneyMode, mode_of
from veza.http.client import Network

# What is said of the sandbox on a server on which real people depend.
FREE_IN_PRODUCTION = (
    "Paid products are effectively free: buyers confirm their own payments, and no money moves. "
    "Set VEZA_PAYMENT_PROVIDER and VEZA_PAYOUT_PROVIDER before anything is sold for money."
)

# Where the ingest is, unless something else is said.
_OWN_ADDRESSES = ("127.0.0.0/8", "::1/128")


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
        DatabaseUrl | None,
        Meta(description="PostgreSQL 17 or later; embedded where there is none."),
    ] = None
    migration_database_url: Annotated[
        DatabaseUrl | None,
        Meta(description="The same database as the owner of its schema; else `VEZA_DATABASE_URL`."),
    ] = None
    database_pool: Annotated[
        int, Meta(ge=2, le=200, description="Connections to PostgreSQL, for each process.")
    ] = 10
    searches_at_once: Annotated[
        int,
        Meta(
            ge=1,
            le=100,
            description="Searches and the like that run at once in each HTTP process; at most half "
            "of `VEZA_DATABASE_POOL`. One address has half of them, but one at least.",
        ),
    ] = 2
    valkey_url: Annotated[
        ValkeyUrl | None, Meta(description="Valkey or Redis; embedded where there is none.")
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
        AppUrl | None,
        Meta(
            description="The front-end, to which the links in mails lead; else `VEZA_PUBLIC_URL`, "
            "or the port of `veza serve`."
        ),
    ] = None
    smtp_url: Annotated[
        SmtpUrl | None,
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
        Quota, Meta(description="Requests a second, of all clients together; 0: any number.")
    ] = 1000
    rate_limit_per_ip: Annotated[
        Quota, Meta(description="Requests a second of one address; 0: any number.")
    ] = 100
    rate_limit_auth: Annotated[
        Quota,
        Meta(
            description="Requests a minute of one address to sign in and the like, in place of "
            "`VEZA_RATE_LIMIT_PER_IP`; 0, or where that is: any number.",
        ),
    ] = 300
    rate_limit_frames: Annotated[
        Quota,
        Meta(
            description="Frames a second of one WebSocket, and twice that at once; 0, or where "
            "`VEZA_RATE_LIMIT_PER_IP` is: any number.",
        ),
    ] = 50
    connections_per_ip: Annotated[
        Quota,
        Meta(
            description="Connections that one address may hold open at each HTTP process, trusted "
            "proxies excepted; 0: any number.",
        ),
    ] = 256
    connections_max: Annotated[
        Quota,
        Meta(description="Connections that each HTTP process holds; 0: what the system allows."),
    ] = 4096
    health_address: Annotated[
        ListenAddress | None,
        Meta(
            description="A second address that answers health checks only, without limits: "
            "`127.0.0.1:8081`. Keep it from the outside.",
        ),
    ] = None
    hourly_posts: Annotated[
        Quota, Meta(description="Posts of a member in an hour; 0: any number.")
    ] = 60
    hourly_comments: Annotated[
        Quota, Meta(description="Comments and reviews of a member in an hour; 0: any number.")
    ] = 300
    hourly_messages: Annotated[
        Quota, Meta(description="Messages sent or edited by a member in an hour; 0: any number.")
    ] = 3000
    hourly_reactions: Annotated[
        Quota, Meta(description="Likes and reactions of a member in an hour; 0: any number.")
    ] = 1500
    hourly_follows: Annotated[
        Quota, Meta(description="Members whom a member follows in an hour; 0: any number.")
    ] = 300
    hourly_memberships: Annotated[
        Quota,
        Meta(
            description="Conversations joined, and members added, by one in an hour; 0: any number."
        ),
    ] = 300
    hourly_uploads: Annotated[
        Quota,
        Meta(
            description="Uploads, products, shares, streams of a member in an hour; 0: any number."
        ),
    ] = 600
    hourly_edits: Annotated[
        Quota, Meta(description="Changes of a member to what others see in an hour; 0: any number.")
    ] = 600
    cors_origins: Annotated[
        list[Origin],
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
        Rate, Meta(description="What the platform keeps of each price: 0.10 is a tenth.")
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
        PaymentProviderName,
        Meta(
            description="Who takes buyers' money: `sandbox` plays a company, or `hyperswitch`, "
            "which goes with `VEZA_PAYOUT_PROVIDER=stripe` alone."
        ),
    ] = PaymentProviderName.SANDBOX
    hyperswitch_url: Annotated[
        ProviderUrl | None,
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
        PayoutProviderName,
        Meta(
            description="Who pays sellers: `sandbox` plays a company, or `stripe`, which goes with "
            "`VEZA_PAYMENT_PROVIDER=hyperswitch` alone."
        ),
    ] = PayoutProviderName.SANDBOX
    stripe_secret_key: Annotated[
        str | None, Meta(description="As whom we come to Stripe: `sk_…`.")
    ] = None
    stripe_url: Annotated[
        ProviderUrl, Meta(description="Stripe's API; elsewhere for tests alone.")
    ] = "https://api.stripe.com"
    stripe_webhook_secret: Annotated[
        str | None, Meta(description="Signs the events of Stripe: `whsec_…`.")
    ] = None
    body_max_bytes: Annotated[int, Meta(ge=1, description="The largest JSON body.")] = 1024 * 1024
    upload_max_bytes: Annotated[int, Meta(ge=1, description="The largest file that is taken.")] = (
        2 * 1024**3
    )
    upload_memory_bytes: Annotated[
        Annotated[int, Meta(ge=1024**2)] | None,
        Meta(
            description="What all uploads under way hold in the memory of one process: each 1 MiB, "
            "with `VEZA_STORAGE_URL` in a cloud 11 MiB. Further ones get 503. Else enough for 64 "
            "to disk, or 16 to a cloud.",
        ),
    ] = None
    uploads_per_member: Annotated[
        int, Meta(ge=1, le=1000, description="How many uploads one member has under way at most.")
    ] = 10
    tracks_in_processing: Annotated[
        int,
        Meta(ge=1, description="Tracks of one member that may wait."),
    ] = 200
    track_quota_bytes: Annotated[Size, Meta(description="Each member's originals, in bytes.")] = (
        20 * 1024**3
    )
    track_quota_count: Annotated[Size, Meta(description="Tracks of each member.")] = 2000
    image_quota_bytes: Annotated[Size, Meta(description="Each member's images, in bytes.")] = (
        1024**3
    )
    image_quota_count: Annotated[Size, Meta(description="Images of each member.")] = 5000
    product_quota_bytes: Annotated[
        Size, Meta(description="Each member's product files, in bytes.")
    ] = 20 * 1024**3
    gear_quota_bytes: Annotated[
        Size, Meta(description="Each member's gear documents, in bytes.")
    ] = 1024**3
    track_max_seconds: Annotated[int, Meta(ge=1, description="The longest track.")] = 6 * 3600
    live_rtmp_port: Annotated[
        int, Meta(ge=1, le=65535, description="Where encoders come in, with `--with-live`.")
    ] = 1935
    live_rtmp_url: Annotated[
        RtmpUrl | None,
        Meta(
            description="What streamers are told to send to: `rtmp://live.veza.example/live`; "
            "else the host of `VEZA_PUBLIC_URL`, or the one that the client asked for."
        ),
    ] = None
    live_hook_secret: Annotated[
        Annotated[str, Meta(min_length=16, max_length=200)] | None,
        Meta(
            description="Shows that it is our ingest which tells of streams; the same on all "
            "nodes. Else made at the first start.",
        ),
    ] = None
    live_sealing_keys: Annotated[
        list[Annotated[str, Meta(min_length=32)]],
        Meta(
            description="Seal stream keys, separated by commas, the newest last; the same on all "
            "nodes. Else made at the first start.",
        ),
    ] = []
    live_ingest_addresses: Annotated[
        list[str],
        Meta(
            description="CIDRs from which the ingest may tell of streams, separated by commas; "
            "else this machine's own."
        ),
    ] = []
    live_playback_url: Annotated[
        PlaybackUrl | None,
        Meta(
            description="Below which streams are played, such as a CDN's: "
            "`https://cdn.example/live`; else below our own address."
        ),
    ] = None
    live_streamers: Annotated[
        Streamers, Meta(description="Who may go live: all `members`, or `creators` alone.")
    ] = Streamers.MEMBERS
    cloud_quota_bytes: Annotated[
        int, Meta(ge=0, description="How much each member may keep in files of their own.")
    ] = 5 * 1024**3
    cloud_trash_days: Annotated[
        int, Meta(ge=0, le=3650, description="For how long deleted files stay in the trash.")
    ] = 30
    cloud_versions_days: Annotated[
        int,
        Meta(
            ge=0,
            le=3650,
            description="For how many days one former version of a file an hour is kept; then one "
            "a day for thirty times as long, then one a week. 0: all are kept.",
        ),
    ] = 1
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
    def money_mode(self) -> MoneyMode:
        """Return whether the money that moves is real: see `environ` for mixed settings."""
        return mode_of(self.payment_provider)

    @property
    def is_free_in_production(self) -> bool:
        """Return whether real people get what costs something for nothing: from the sandbox."""
        return self.is_production and self.money_mode is MoneyMode.TEST

    @property
    def fee_rate(self) -> Decimal:
        """What the platform keeps of each price."""
        return Decimal(self.platform_fee_rate)

    @property
    def hourly_limits(self) -> dict[Activity, int]:
        """The hourly limit of each activity of a member; activities not in it have none."""
        if not self.rate_limit_per_ip:
            return {}
        return {activity: getattr(self, f"hourly_{activity}") for activity in Activity}

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

    @property
    def ingests(self) -> list[Network]:
        """The networks of the ingest."""
        return [ip_network(text) for text in self.live_ingest_addresses or _OWN_ADDRESSES]
