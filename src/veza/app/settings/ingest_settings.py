"""The settings of the ingest, which receives live streams from encoders."""

from pathlib import Path
from typing import Annotated

from msgspec import Meta, Struct

from veza.app.settings.recording_settings import StreamRecordingSettings
from veza.app.settings.setting_types import Port, RtmpUrl
from veza.core.addresses import parse_address
from veza.core.errors import CannotStart


class IngestSettings(StreamRecordingSettings, Struct, frozen=True, kw_only=True):
    """Settings of the ways in for encoders, and of who may call the hooks."""

    live_rtmp_port: Annotated[
        Port, Meta(description="The RTMP port for live streams, with `--with-live`.")
    ] = 1935
    live_rtmp_url: Annotated[
        RtmpUrl | None,
        Meta(
            description="The RTMP URL for streamers: `rtmp://live.veza.example/live`. Default: "
            "the host of `VEZA_PUBLIC_URL`, else that of the request."
        ),
    ] = None
    live_icecast_port: Annotated[
        Port | None,
        Meta(
            description="The port for encoders of Icecast (butt, Mixxx, Traktor), with "
            "`--with-live`; usual is 8000. Default: none."
        ),
    ] = None
    live_srt_port: Annotated[
        Port | None,
        Meta(
            description="The UDP port for encoders that send SRT (OBS), with `--with-live`; usual "
            "is 9710. Default: none."
        ),
    ] = None
    live_rtmps_port: Annotated[
        Port | None,
        Meta(
            description="The port for encoders that send RTMP by TLS (RTMPS), with `--with-live`; "
            "usual is 1936. Needs the next two. Default: none."
        ),
    ] = None
    live_rtmps_certificate: Annotated[
        Path | None,
        Meta(
            description="The certificate for RTMPS with its chain: a file in PEM. It is read again "
            "when it changes."
        ),
    ] = None
    live_rtmps_key: Annotated[
        Path | None,
        Meta(description="The private key of that certificate: a file in PEM, no passphrase."),
    ] = None
    live_whip_port: Annotated[
        Port | None,
        Meta(
            description="The UDP port for browsers that go live by WHIP, with `--with-live`; usual "
            "is 8189. The same port of TCP is used on this machine alone. Default: none."
        ),
    ] = None
    live_whip_addresses: Annotated[
        Annotated[list[str], Meta(max_length=8)],
        Meta(
            description="The IP addresses at which browsers reach that port: comma-separated. "
            "Needed behind NAT and in containers. Default: those of this machine."
        ),
    ] = []
    live_hook_secret: Annotated[
        Annotated[str, Meta(min_length=16, max_length=200)] | None,
        Meta(
            description="Authenticates the ingest; the same on all nodes. Default: created at the "
            "first start."
        ),
    ] = None
    live_ingest_addresses: Annotated[
        list[str],
        Meta(description="Addresses of the ingest: comma-separated CIDRs. Default: this machine."),
    ] = []


def ensure_rtmps(settings: IngestSettings) -> None:
    """Raise CannotStart if some settings of RTMPS are there, but not all."""
    names = ("live_rtmps_port", "live_rtmps_certificate", "live_rtmps_key")
    missing = [name for name in names if getattr(settings, name) is None]
    if 0 < len(missing) < len(names):
        needed, lacking = (
            " and ".join(f"VEZA_{name.upper()}" for name in each) for each in (names, missing)
        )
        raise CannotStart(f"RTMPS needs {needed}. Set {lacking} as well.")


def ensure_whip(settings: IngestSettings) -> None:
    """Raise CannotStart if an address for WHIP isn't one."""
    for text in settings.live_whip_addresses:
        if parse_address(text) is None or "%" in text:
            raise CannotStart(f"VEZA_LIVE_WHIP_ADDRESSES can't be used: {text!r} is no IP address.")
