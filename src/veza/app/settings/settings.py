"""The settings, a frozen Struct. `app.settings.environment` reads them from `VEZA_*` variables."""

from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated

from msgspec import Meta, Struct

from veza.app.settings.ingest_settings import IngestSettings
from veza.app.settings.setting_types import (
    AppUrl,
    CreatorSignup,
    DatabaseUrl,
    Environment,
    FactorGroup,
    ListenAddress,
    LocationPath,
    LogLevel,
    Origin,
    PlaybackUrl,
    Quota,
    Size,
    SmtpUrl,
    Streamers,
    TrustedOrigins,
    ValkeyUrl,
    VapidContact,
    VapidPrivateKey,
)
from veza.core.activities import Activity
from veza.core.addresses import Network
from veza.core.money_mode import MoneyMode

_THIS_MACHINE = ("127.0.0.0/8", "::1/128")


class Settings(IngestSettings, Struct, frozen=True, kw_only=True):
    """Every setting: the name in lower case, without `VEZA_`."""

    env: Annotated[
        Environment, Meta(description="`production` logs JSON and sets secure cookies.")
    ] = Environment.DEVELOPMENT
    data_dir: Annotated[
        Path, Meta(description="The directory of embedded engines, media and secrets.")
    ] = Path("data")
    disk_reserve_bytes: Annotated[
        Size,
        Meta(
            description="Bytes that stay free on the disks of the embedded PostgreSQL and of local "
            "files: below it nothing new is stored; playing, signing in and deleting go on. 0: "
            "none."
        ),
    ] = 1024**3
    database_url: Annotated[
        DatabaseUrl | None, Meta(description="PostgreSQL 17 or later. Default: embedded.")
    ] = None
    migration_database_url: Annotated[
        DatabaseUrl | None,
        Meta(description="The same database as the schema's owner. Default: `VEZA_DATABASE_URL`."),
    ] = None
    database_replica_url: Annotated[
        DatabaseUrl | None,
        Meta(
            description="A streaming replica, for reads of visitors that may be a second old. "
            "Default: all reads are from `VEZA_DATABASE_URL`."
        ),
    ] = None
    database_pool: Annotated[
        int, Meta(ge=2, le=200, description="Maximum connections to PostgreSQL per process.")
    ] = 10
    searches_at_once: Annotated[
        int,
        Meta(
            ge=1,
            le=100,
            description="Concurrent searches and other expensive reads per HTTP process; at most "
            "half of `VEZA_DATABASE_POOL`. An address may use half of them, at least one.",
        ),
    ] = 2
    valkey_url: Annotated[
        ValkeyUrl | None, Meta(description="Valkey or Redis. Default: embedded.")
    ] = None
    storage_url: Annotated[
        str | None,
        Meta(
            description="`s3://bucket/prefix?endpoint=…&region=…`, `gs://…`, `az://…` or "
            "`file:///path`. Default: `media` in the data directory."
        ),
    ] = None
    storage_redirects: Annotated[
        bool, Meta(description="Redirect clients to signed URLs of S3 instead of sending files.")
    ] = False
    x_accel_location: Annotated[
        LocationPath | None,
        Meta(description="The location of local files in a trusted nginx: `/veza-files/`."),
    ] = None
    public_url: Annotated[
        Annotated[str, Meta(pattern=r"^https?://[^/?#]+$")] | None,
        Meta(description="Scheme and host of URLs in responses. Default: those of the request."),
    ] = None
    app_url: Annotated[
        AppUrl | None,
        Meta(
            description="The front-end, for links in mails. Default: `VEZA_PUBLIC_URL`, else the "
            "address of `veza serve`."
        ),
    ] = None
    search_engines: Annotated[
        bool, Meta(description="Whether search engines may index this server: `robots.txt`.")
    ] = True
    smtp_url: Annotated[
        SmtpUrl | None,
        Meta(
            description="The mail server: `smtp://user:password@host:587` or `smtps://…`. Default: "
            "mails are written to `mail` in the data directory."
        ),
    ] = None
    mail_from: Annotated[str, Meta(description="The sender of mails.")] = "Veza <veza@localhost>"
    jwt_secret: Annotated[
        Annotated[str, Meta(min_length=32)] | None,
        Meta(
            description="Signs tokens and links; the same on all nodes. Default: created at the "
            "first start."
        ),
    ] = None
    vapid_private_key: VapidPrivateKey | None = None
    vapid_contact: VapidContact | None = None
    push_trusted_origins: TrustedOrigins = []
    log_level: Annotated[
        LogLevel, Meta(description="The lowest level of log events that are written.")
    ] = LogLevel.INFO
    trusted_proxies: Annotated[
        list[str],
        Meta(
            description="Proxies whose `X-Forwarded-*` headers are trusted: comma-separated CIDRs."
        ),
    ] = []
    rate_limit_global: Annotated[
        Quota, Meta(description="Requests per second of all clients together; 0: no limit.")
    ] = 1000
    rate_limit_per_ip: Annotated[
        Quota, Meta(description="Requests per second and address; 0: no limit.")
    ] = 100
    rate_limit_auth: Annotated[
        Quota,
        Meta(
            description="Requests per minute and address to sign-in and similar routes, instead of "
            "`VEZA_RATE_LIMIT_PER_IP`. If either is 0: no limit."
        ),
    ] = 300
    rate_limit_frames: Annotated[
        Quota,
        Meta(
            description="Frames per second and WebSocket, with bursts of twice that. If this or "
            "`VEZA_RATE_LIMIT_PER_IP` is 0: no limit."
        ),
    ] = 50
    overload_delay_ms: Annotated[
        int,
        Meta(
            ge=0,
            le=10_000,
            description="Milliseconds that the requests of a process may wait for each other, "
            "before it refuses some by 503: exploration first, playback and payment last. 0: it "
            "refuses none.",
        ),
    ] = 250
    connections_per_ip: Annotated[
        Quota,
        Meta(
            description="Open connections per address and HTTP process, except for trusted "
            "proxies; 0: no limit."
        ),
    ] = 256
    connections_max: Annotated[
        Quota, Meta(description="Open connections per HTTP process; 0: what the system allows.")
    ] = 4096
    health_address: Annotated[
        ListenAddress | None,
        Meta(
            description="A second address for health checks only, without limits, such as "
            "`127.0.0.1:8081`. Don't make it public."
        ),
    ] = None
    metrics_addresses: Annotated[
        list[str],
        Meta(
            description="Who may read `/metrics`: comma-separated CIDRs. Default: this machine. "
            "`VEZA_HEALTH_ADDRESS` answers everybody."
        ),
    ] = []
    worker_metrics_address: Annotated[
        ListenAddress | None,
        Meta(
            description="Where a `veza worker` answers health checks and `/metrics`, such as "
            "`127.0.0.1:9091`. Don't make it public. Default: it doesn't."
        ),
    ] = None
    hourly_posts: Annotated[Quota, Meta(description="Posts per member and hour; 0: no limit.")] = 60
    hourly_comments: Annotated[
        Quota, Meta(description="Comments and reviews per member and hour; 0: no limit.")
    ] = 300
    hourly_messages: Annotated[
        Quota, Meta(description="Messages sent or edited per member and hour; 0: no limit.")
    ] = 3000
    hourly_reactions: Annotated[
        Quota, Meta(description="Likes and reactions per member and hour; 0: no limit.")
    ] = 1500
    hourly_follows: Annotated[
        Quota, Meta(description="Follows per member and hour; 0: no limit.")
    ] = 300
    hourly_memberships: Annotated[
        Quota,
        Meta(
            description="Conversations joined and members added, per member and hour; 0: no limit."
        ),
    ] = 300
    hourly_uploads: Annotated[
        Quota,
        Meta(description="Uploads, products, shares, streams per member and hour; 0: no limit."),
    ] = 600
    hourly_edits: Annotated[
        Quota, Meta(description="Changes of public content per member and hour; 0: no limit.")
    ] = 600
    cors_origins: Annotated[
        list[Origin],
        Meta(description="Origins of front-ends that may use the API in browsers; `*` for any."),
    ] = []
    admin_email: Annotated[
        str | None,
        Meta(description="The e-mail address of the first admin, created if there is none."),
    ] = None
    admin_password: Annotated[str | None, Meta(description="The first admin's password.")] = None
    creator_signup: Annotated[
        CreatorSignup, Meta(description="Whether new creators need the approval of an admin.")
    ] = CreatorSignup.OPEN
    second_factors_for: Annotated[
        list[FactorGroup] | None,
        Meta(
            description="Who must have a second factor, and can do nothing else before: `admins`, "
            "`moderators`, `sellers` (with real payouts), `members` or `nobody`. Default: the "
            "first three in production, else `nobody`."
        ),
    ] = None
    erasure_days: Annotated[
        int,
        Meta(
            ge=0,
            le=90,
            description="Days in which members can cancel erasing their account; 0: it is erased "
            "immediately.",
        ),
    ] = 0
    body_max_bytes: Annotated[int, Meta(ge=1, description="Maximum size of a JSON body.")] = (
        1024 * 1024
    )
    upload_max_bytes: Annotated[
        int, Meta(ge=1, description="Maximum size of an uploaded file.")
    ] = 2 * 1024**3
    upload_memory_bytes: Annotated[
        Annotated[int, Meta(ge=1024**2)] | None,
        Meta(
            description="Memory per process for running uploads: 1 MiB each, or 11 MiB with "
            "`VEZA_STORAGE_URL` in a cloud. Further uploads get 503. Default: enough for 64 "
            "uploads to disk, or 16 to a cloud."
        ),
    ] = None
    uploads_per_member: Annotated[
        int, Meta(ge=1, le=1000, description="Concurrent uploads per member.")
    ] = 10
    tracks_in_processing: Annotated[
        int, Meta(ge=1, description="Unprocessed tracks per member.")
    ] = 200
    track_quota_bytes: Annotated[Size, Meta(description="Bytes of track originals per member.")] = (
        20 * 1024**3
    )
    track_quota_count: Annotated[Size, Meta(description="Tracks per member.")] = 2000
    image_quota_bytes: Annotated[Size, Meta(description="Bytes of images per member.")] = 1024**3
    image_quota_count: Annotated[Size, Meta(description="Images per member.")] = 5000
    product_quota_bytes: Annotated[Size, Meta(description="Bytes of product files per member.")] = (
        20 * 1024**3
    )
    gear_quota_bytes: Annotated[Size, Meta(description="Bytes of gear documents per member.")] = (
        1024**3
    )
    track_max_seconds: Annotated[
        int, Meta(ge=1, description="Maximum duration of a track, in seconds.")
    ] = 6 * 3600
    live_sealing_keys: Annotated[
        list[Annotated[str, Meta(min_length=32)]],
        Meta(
            description="Encrypt stream keys and app passwords: comma-separated, the newest last; "
            "the same on all nodes. Default: created at the first start."
        ),
    ] = []
    live_playback_url: Annotated[
        PlaybackUrl | None,
        Meta(
            description="Base URL for playing streams, such as a CDN's "
            "`https://cdn.example/live`. Default: this server."
        ),
    ] = None
    live_streamers: Annotated[
        Streamers, Meta(description="Who may broadcast: all `members`, or `creators` only.")
    ] = Streamers.MEMBERS
    cloud_quota_bytes: Annotated[
        int, Meta(ge=0, description="Bytes of private files per member.")
    ] = 5 * 1024**3
    cloud_trash_days: Annotated[
        int, Meta(ge=0, le=3650, description="Days that deleted files stay in the trash.")
    ] = 30
    cloud_versions_days: Annotated[
        int,
        Meta(
            ge=0,
            le=3650,
            description="Days for which one former version of a file per hour is kept; then one "
            "per day for thirty times as long, then one per week. 0: all are kept.",
        ),
    ] = 1
    archives_max_bytes: Annotated[
        int, Meta(ge=1, description="Bytes of ZIP archives of releases; the oldest are deleted.")
    ] = 50 * 1024**3
    archives_days: Annotated[
        int, Meta(ge=1, le=3650, description="Days that an archive stays after its last download.")
    ] = 7
    ffmpeg: Annotated[
        Path | None, Meta(description="The path of ffmpeg, with libaom. Default: that of Veza.")
    ] = None
    workers: Annotated[int, Meta(ge=0, le=64, description="HTTP processes; 0: one per core.")] = 0

    @property
    def is_production(self) -> bool:
        """Return whether the server is in production."""
        return self.env is Environment.PRODUCTION

    @property
    def factor_groups(self) -> frozenset[FactorGroup]:
        """Return who must have a second factor."""
        if self.second_factors_for is not None:
            return frozenset(self.second_factors_for)
        staff_and_sellers = {FactorGroup.ADMINS, FactorGroup.MODERATORS, FactorGroup.SELLERS}
        return frozenset(staff_and_sellers if self.is_production else ())

    @property
    def is_free_in_production(self) -> bool:
        """Return whether paid products are free, because production uses the sandbox."""
        return self.is_production and self.money_mode is MoneyMode.TEST

    @property
    def hourly_limits(self) -> dict[Activity, int]:
        """Return the limits per member and hour; activities not in it have none."""
        if not self.rate_limit_per_ip:
            return {}
        return {activity: getattr(self, f"hourly_{activity}") for activity in Activity}

    @property
    def erasure_delay(self) -> timedelta:
        """Return how long members can cancel erasing their account."""
        return timedelta(days=self.erasure_days)

    @property
    def proxies(self) -> list[Network]:
        """Return the networks of trusted proxies."""
        return [ip_network(text) for text in self.trusted_proxies]

    @property
    def ingests(self) -> list[Network]:
        """Return the networks of the ingest: by default this machine."""
        return [ip_network(text) for text in self.live_ingest_addresses or _THIS_MACHINE]

    @property
    def metrics_readers(self) -> list[Network]:
        """Return the networks from which metrics may be read: by default this machine."""
        return [ip_network(text) for text in self.metrics_addresses or _THIS_MACHINE]
