"""The ingest of live streams: nginx, the process beside it, and their calls to the API."""

import json
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial
from ipaddress import ip_address
from itertools import chain, repeat
from pathlib import Path
from secrets import token_hex
from urllib.parse import urlsplit

from veza.app.paths import PREFIX, find_ffmpeg, find_hook_secret, live_folder
from veza.app.settings.settings import Settings
from veza.core.errors import CannotStart
from veza.infra.processes.embedded import Engine
from veza.infra.processes.embedded_ingest import start_ingest
from veza.infra.processes.embedded_nginx import (
    NOT_FOUND,
    USUAL_MODULE,
    Ingest,
    find_nginx,
    has_ipv6,
    inner_url,
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
async def run_ingest(settings: Settings, url: str) -> AsyncGenerator[list[SupervisedEngine]]:
    """Run what receives streams and calls the hooks at `url`. Raises CannotStart.

    That is nginx, and beside it a process for what the settings name: Icecast's protocol, SRT,
    RTMPS and WHIP.
    """
    nginx = await find_nginx()
    if nginx is None:
        raise CannotStart(f"{NOT_FOUND}. To start without live streams, omit --with-live.")
    _ensure_trusted(settings, url)
    ingest = _create_ingest(settings, url)
    folder = live_folder(settings)
    children = [SupervisedEngine("nginx", partial(start_nginx, folder, nginx, ingest))]
    if _has_other_ways(settings):
        first = _create_plan(settings, ingest, must_fit=True)
        # Restarted, it must not end the server because a certificate has become bad.
        plans = chain([first], repeat(_create_plan(settings, ingest, must_fit=False)))

        async def start() -> Engine:
            return await start_ingest(folder, next(plans))

        children.append(SupervisedEngine("ingest", start))
    async with AsyncExitStack() as stack:
        for child in children:
            stack.push_async_callback(child.stop)
            await child.start()
        yield children


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


def _has_other_ways(settings: Settings) -> bool:
    ports = (
        *(settings.live_icecast_port, settings.live_srt_port),
        *(settings.live_rtmps_port, settings.live_whip_port),
    )
    return any(port is not None for port in ports)


def _create_plan(settings: Settings, ingest: Ingest, *, must_fit: bool) -> bytes:
    """Return the parameters of `infra.ingest`, which the supervisor doesn't import."""
    rtmps = {
        "port": settings.live_rtmps_port,
        # The child has another working directory.
        "certificate": str((settings.live_rtmps_certificate or Path()).absolute()),
        "key": str((settings.live_rtmps_key or Path()).absolute()),
        "nginx_port": ingest.port,
        "must_fit": must_fit,
    }
    whip = {"port": settings.live_whip_port, "addresses": settings.live_whip_addresses}
    plan = {
        "hooks": ingest.hooks,
        "secret": ingest.secret,
        "icecast_port": settings.live_icecast_port,
        "srt_port": settings.live_srt_port,
        "rtmps": None if settings.live_rtmps_port is None else rtmps,
        "whip": None if settings.live_whip_port is None else whip,
        "ffmpeg": str(find_ffmpeg(settings)),
        "target": inner_url(ingest.port, "").rstrip("/"),
    }
    return json.dumps(plan).encode()
