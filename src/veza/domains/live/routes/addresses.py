"""The addresses of streams, as a client has them."""

from urllib.parse import urlsplit

from msgspec import Struct, structs

from veza.domains.live.models.ways_in import IcecastAccess
from veza.domains.live.service.context import LiveContext
from veza.http.context import context_of
from veza.http.dependencies import AnyRequest
from veza.http.services import service_of


class StreamAddresses(Struct, frozen=True):
    """The addresses for players and encoders, as far as the settings define them."""

    prefix: str
    rtmp_url: str | None
    rtmp_port: int
    icecast_port: int | None
    srt_port: int | None
    rtmps_port: int | None
    has_whip: bool

    def rtmp_url_at(self, base: str) -> str:
        """Return the URL for encoders: the configured URL, or the port at the host of `base`."""
        return self.rtmp_url or f"rtmp://{_in_url(_host_of(base))}:{self.rtmp_port}/live"

    def icecast_at(self, base: str) -> IcecastAccess | None:
        """Return what encoders of Icecast need, at the host of the RTMP URL."""
        if self.icecast_port is None:
            return None
        return IcecastAccess(self._ingest_host(base), self.icecast_port, "/live", "source")

    def srt_url_at(self, base: str) -> str | None:
        """Return the URL for encoders that send SRT, at the host of the RTMP URL."""
        if self.srt_port is None:
            return None
        return f"srt://{_in_url(self._ingest_host(base))}:{self.srt_port}"

    def rtmps_url_at(self, base: str) -> str | None:
        """Return the URL for encoders that send RTMP by TLS, at the host of the RTMP URL."""
        if self.rtmps_port is None:
            return None
        return f"rtmps://{_in_url(self._ingest_host(base))}:{self.rtmps_port}/live"

    def whip_url_at(self, base: str) -> str | None:
        """Return the URL for browsers, which is of this API."""
        return f"{base}{self.prefix}/live/whip" if self.has_whip else None

    def _ingest_host(self, base: str) -> str:
        return _host_of(self.rtmp_url_at(base))


def live_context(request: AnyRequest) -> LiveContext:
    """Return the context of the use cases, with the addresses as the client has them."""
    base = context_of(request).base_url_of(request)
    addresses = service_of(request, StreamAddresses)
    return structs.replace(
        service_of(request, LiveContext),
        base=base + addresses.prefix,
        rtmp_url=addresses.rtmp_url_at(base),
        icecast=addresses.icecast_at(base),
        srt_url=addresses.srt_url_at(base),
        rtmps_url=addresses.rtmps_url_at(base),
        whip_url=addresses.whip_url_at(base),
    )


def _host_of(url: str) -> str:
    return urlsplit(url).hostname or "localhost"


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host
