"""Live streams come in through nginx: what it is told, and how it runs as a child of ours."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from functools import partial
from ipaddress import ip_address
from secrets import token_hex
from urllib.parse import urlsplit

from veza.app.embedded_engines import SupervisedEngine
from veza.app.paths import live_folder
from veza.app.services import PREFIX
from veza.app.settings import Settings
from veza.core.errors import CannotStart
from veza.domains.live.routes import HookGuard
from veza.infra.processes.embedded_nginx import (
    USUAL_MODULE,
    Ingest,
    find_nginx,
    has_ipv6,
    inner_url,
    start_nginx,
    write_config,
)
from veza.infra.security.secrets import load_secrets

HOOKS = f"{PREFIX}/live/hooks"

_MISSING = (
    "There is no nginx with its RTMP module on this machine: on Debian or Ubuntu `make live-setup` "
    "installs both (the packages nginx and libnginx-mod-rtmp)"
)


def make_hook_guard(settings: Settings) -> HookGuard:
    """Make what tells the ingest from others that call its hooks."""
    return HookGuard(
        secret=_find_secret(settings),
        networks=settings.ingests,
        make_ingest_url=partial(inner_url, settings.live_rtmp_port),
    )


async def make_config(settings: Settings, url: str) -> str:
    """Write a configuration for an nginx of the operator's, that reaches us at this address."""
    nginx = await find_nginx()
    module = USUAL_MODULE if nginx is None else nginx.module
    return write_config(_make_ingest(settings, url), module, str(live_folder(settings)))


@asynccontextmanager
async def run_ingest(settings: Settings, url: str) -> AsyncGenerator[SupervisedEngine]:
    """Have nginx take in streams and ask at this address about them; end it at the end.

    Raises CannotStart.
    """
    nginx = await find_nginx()
    if nginx is None:
        raise CannotStart(f"{_MISSING}. Without --with-live Veza starts as it is.")
    _ensure_heard(settings, url)
    ingest = _make_ingest(settings, url)
    child = SupervisedEngine("nginx", partial(start_nginx, live_folder(settings), nginx, ingest))
    await child.start()
    try:
        yield child
    finally:
        await child.stop()


async def describe_ingest() -> str:
    """Tell those who run a server whether streams can come in, and what to do where not."""
    nginx = await find_nginx()
    if nginx is None:
        return f"{_MISSING}; only live streams need them."
    return f"nginx {nginx.version} with its RTMP module: `veza serve --with-live` takes in streams"


def _ensure_heard(settings: Settings, url: str) -> None:
    """Who asks at an address of this machine comes from that very address."""
    host = urlsplit(url).hostname or ""
    with suppress(ValueError):
        if not any(ip_address(host) in network for network in settings.ingests):
            raise CannotStart(
                f"nginx's questions would come from {host}, and not be heard: name that address in "
                "VEZA_LIVE_INGEST_ADDRESSES."
            )


def _make_ingest(settings: Settings, url: str) -> Ingest:
    return Ingest(
        port=settings.live_rtmp_port,
        hooks=url + HOOKS,
        secret=_find_secret(settings),
        name=token_hex(4),
        has_ipv6=has_ipv6(),
    )


def _find_secret(settings: Settings) -> str:
    return settings.live_hook_secret or load_secrets(settings.data_dir).live_hooks
