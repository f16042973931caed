"""The addresses of streams, as a client has them."""

from urllib.parse import urlsplit

from msgspec import Struct, structs

from veza.domains.live.service.context import LiveContext
from veza.http.context import context_of
from veza.http.dependencies import AnyRequest
from veza.http.services import service_of


class StreamAddresses(Struct, frozen=True):
    """The addresses for players and encoders, as far as the settings define them."""

    prefix: str
    rtmp_url: str | None
    rtmp_port: int

    def rtmp_url_at(self, base: str) -> str:
        """Return the URL for encoders: the configured URL, or the port at the host of `base`."""
        host = urlsplit(base).hostname or "localhost"
        host = f"[{host}]" if ":" in host else host
        return self.rtmp_url or f"rtmp://{host}:{self.rtmp_port}/live"


def live_context(request: AnyRequest) -> LiveContext:
    """Return the context of the use cases, with the addresses as the client has them."""
    base = context_of(request).base_url_of(request)
    addresses = service_of(request, StreamAddresses)
    return structs.replace(
        service_of(request, LiveContext),
        base=base + addresses.prefix,
        rtmp_url=addresses.rtmp_url_at(base),
    )
