"""Live streams come in through nginx: what it is told, and how it runs as a child of ours."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from veza.app.engines import KeptEngine
from veza.app.services import PREFIX
from veza.app.settings import Settings
from veza.core.errors import CannotStart
from veza.infra.embedded_nginx import (
    USUAL_MODULE,
    Ingest,
    find_nginx,
    has_ipv6,
    start_nginx,
    write_config,
)
from veza.infra.keys import load_secrets

HOOKS = f"{PREFIX}/live/hooks"

_MISSING = (
    "There is no nginx with its RTMP module on this machine: on Debian or Ubuntu `make live-setup` "
    "installs both (the packages nginx and libnginx-mod-rtmp)"
)


def live_folder(settings: Settings) -> Path:
    """Tell where nginx keeps its files, and writes what is heard: `hls/<id of the stream>/`."""
    return settings.data_dir.absolute() / "live"


async def make_config(settings: Settings, url: str) -> str:
    """Write a configuration for an nginx of the operator's, that reaches us at this address."""
    nginx = await find_nginx()
    module = USUAL_MODULE if nginx is None else nginx.module
    return write_config(_make_ingest(settings, url), module, str(live_folder(settings)))


@asynccontextmanager
async def taking_in(settings: Settings, url: str) -> AsyncGenerator[KeptEngine]:
    """Have nginx take in streams and ask at this address about them; end it at the end.

    Raises CannotStart.
    """
    nginx = await find_nginx()
    if nginx is None:
        raise CannotStart(f"{_MISSING}. Without --with-live Veza starts as it is.")
    ingest = _make_ingest(settings, url)
    child = KeptEngine("nginx", partial(start_nginx, live_folder(settings), nginx, ingest))
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


def _make_ingest(settings: Settings, url: str) -> Ingest:
    secret = settings.live_hook_secret or load_secrets(settings.data_dir).live_hooks
    return Ingest(
        port=settings.live_rtmp_port, hooks=url + HOOKS, secret=secret, has_ipv6=has_ipv6()
    )
