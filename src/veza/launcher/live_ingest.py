"""The ingest of live streams: nginx, its configuration, and its calls to the API."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from functools import partial
from ipaddress import ip_address
from secrets import token_hex
from urllib.parse import urlsplit

from veza.app.paths import PREFIX, find_hook_secret, live_folder
from veza.app.settings.settings import Settings
from veza.core.errors import CannotStart
from veza.infra.processes.embedded_nginx import (
    NOT_FOUND,
    USUAL_MODULE,
    Ingest,
    find_nginx,
    has_ipv6,
    start_nginx,
    write_config,
)
from veza.launcher.embedded_engines import SupervisedEngine

HOOKS = f"{PREFIX}/live/hooks"


async def create_config(settings: Settings, url: str) -> str:
    """Return a configuration for a separate nginx that reaches the server at `url`."""
    nginx = await find_nginx()
    module = USUAL_MODULE if nginx is None else nginx.module
    return write_config(_create_ingest(settings, url), module, str(live_folder(settings)))


@asynccontextmanager
async def run_ingest(settings: Settings, url: str) -> AsyncGenerator[SupervisedEngine]:
    """Run nginx, which receives streams and calls the hooks at `url`. Raises CannotStart."""
    nginx = await find_nginx()
    if nginx is None:
        raise CannotStart(f"{NOT_FOUND}. To start without live streams, omit --with-live.")
    _ensure_trusted(settings, url)
    ingest = _create_ingest(settings, url)
    child = SupervisedEngine("nginx", partial(start_nginx, live_folder(settings), nginx, ingest))
    await child.start()
    try:
        yield child
    finally:
        await child.stop()


def _ensure_trusted(settings: Settings, url: str) -> None:
    """Raise CannotStart if the ingest's own address is not among those that may call the hooks."""
    host = urlsplit(url).hostname or ""
    with suppress(ValueError):
        if not any(ip_address(host) in network for network in settings.ingests):
            raise CannotStart(
                f"nginx calls from {host}, and its calls would be refused: add that address to "
                "VEZA_LIVE_INGEST_ADDRESSES."
            )


def _create_ingest(settings: Settings, url: str) -> Ingest:
    return Ingest(
        port=settings.live_rtmp_port,
        hooks=url + HOOKS,
        secret=find_hook_secret(settings),
        name=token_hex(4),
        has_ipv6=has_ipv6(),
    )
