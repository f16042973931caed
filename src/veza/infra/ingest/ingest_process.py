"""The process beside nginx: it receives encoders by Icecast's protocol, SRT, RTMPS and WHIP.

`python -m veza.infra.ingest.ingest_process` reads its parameters from stdin, because they have a
secret, and ends at SIGTERM.
"""

import asyncio
import os
import signal
import sys
from contextlib import AsyncExitStack
from pathlib import Path
from secrets import token_hex

import structlog
from msgspec import Struct

from veza.core.foreign_json import decode_json
from veza.infra.ingest.certificates import BadCertificate, Certificate
from veza.infra.ingest.hooks import Hooks
from veza.infra.ingest.icecast import IcecastTools, serving_icecast
from veza.infra.ingest.limits import Admissions
from veza.infra.ingest.ready_file import READY
from veza.infra.ingest.relay import RelayTools
from veza.infra.ingest.rtmps import RtmpsTools, serving_rtmps
from veza.infra.ingest.srt_connections import SrtTools
from veza.infra.ingest.srt_front import serving_srt

log = structlog.get_logger()


class IngestPlan(Struct, frozen=True, kw_only=True):
    """The hooks, the ports that are on, and how to relay."""

    hooks: str
    secret: str
    icecast_port: int | None
    srt_port: int | None
    rtmps: "RtmpsPlan | None"
    whip: "WhipPlan | None"
    ffmpeg: str
    target: str


class RtmpsPlan(Struct, frozen=True, kw_only=True):
    """The port for RTMPS, the files of its certificate, and nginx's port for RTMP.

    If `must_fit`, the process ends where the files can't be used. Otherwise it refuses encoders
    that send RTMPS, until the files fit.
    """

    port: int
    certificate: str
    key: str
    nginx_port: int
    must_fit: bool


class WhipPlan(Struct, frozen=True, kw_only=True):
    """The port for WHIP, and the addresses at which it is reached; none: those of this machine."""

    port: int
    addresses: list[str]


async def run_ingest(plan: IngestPlan) -> None:
    """Receive encoders until SIGTERM.

    Raises OSError if a port is taken, and BadCertificate for files that can't be used.
    """
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    # Encoders of a process that ended count as lost: they come back to another name.
    hooks = Hooks(plan.hooks, plan.secret, f"ways-{token_hex(4)}")
    admissions = Admissions()
    # Not by its path: this user may not enter the folders above it.
    relay = RelayTools(Path(plan.ffmpeg), Path(), plan.target)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(hooks.close)
        if plan.icecast_port is not None:
            tools = IcecastTools(hooks, admissions, relay)
            await stack.enter_async_context(serving_icecast(tools, plan.icecast_port))
        if plan.srt_port is not None:
            srt = SrtTools(hooks, admissions, relay)
            await stack.enter_async_context(serving_srt(srt, plan.srt_port))
        if plan.rtmps is not None:
            rtmps = RtmpsTools(await _read(plan.rtmps), admissions, plan.rtmps.nginx_port)
            await stack.enter_async_context(serving_rtmps(rtmps, plan.rtmps.port))
        if plan.whip is not None:
            # Loads OpenSSL and libsrtp, which nothing else here needs.
            from veza.infra.ingest.whip_front import (  # noqa: PLC0415
                WhipParts,
                serving_whip,
            )

            parts = WhipParts(hooks, admissions, relay, plan.secret)
            serving = serving_whip(parts, plan.whip.port, plan.whip.addresses)
            await stack.enter_async_context(serving)
        _say_ready()
        await stop.wait()


async def _read(plan: RtmpsPlan) -> Certificate:
    """Return the certificate. Raises BadCertificate if it must fit."""
    certificate = Certificate(Path(plan.certificate), Path(plan.key))
    try:
        await certificate.read()
    except BadCertificate as error:
        if plan.must_fit:
            raise
        log.warning("certificate_refused", reason=str(error))
    return certificate


def _say_ready() -> None:
    Path(READY).write_text(str(os.getpid()))


def main() -> None:
    """Run with the parameters from stdin."""
    plan = decode_json(sys.stdin.buffer.read(), IngestPlan)
    try:
        asyncio.run(run_ingest(plan))
    except BadCertificate as error:
        sys.exit(str(error))
    except OSError as error:
        sys.exit(f"A port of the ingest can't be used: {error}")


if __name__ == "__main__":
    main()
