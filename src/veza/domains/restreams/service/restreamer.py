"""Sends the streams on air to their targets, as far as their ingest is on this machine.

A target is leased while something is sent to it, so that two workers never send to one. A worker
that can't renew its leases stops sending before another may begin.
"""

import asyncio
import ssl
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from uuid import UUID

import structlog
from msgspec import Struct

from veza.core.ids import RestreamTargetId, new_id
from veza.core.rtmp_servers import NotRtmp, read_server
from veza.domains.restreams import rules
from veza.domains.restreams.models import (
    DueRestream,
    RestreamLease,
    RestreamReason,
    SealedTargetKey,
)
from veza.domains.restreams.queries import sending as queries
from veza.domains.restreams.service.segments import FellBehind, is_fresh
from veza.domains.restreams.service.targets import RestreamSettings, open_key
from veza.domains.restreams.service.transmission import (
    LeaseLost,
    Transmission,
    UnfitMedia,
    transmit,
)
from veza.infra.postgres.database import Database
from veza.infra.rtmp import failures
from veza.infra.security.encryption import DecryptionFailed, Encryptor

log = structlog.get_logger()

_RENEW_AFTER_S = 3.0
_REASONS: Mapping[type[Exception], RestreamReason] = {
    DecryptionFailed: RestreamReason.KEY_LOST,
    NotRtmp: RestreamReason.PRIVATE_ADDRESS,
    UnfitMedia: RestreamReason.UNFIT_MEDIA,
    FellBehind: RestreamReason.TOO_SLOW,
    failures.HostUnknown: RestreamReason.UNKNOWN_HOST,
    failures.HostPrivate: RestreamReason.PRIVATE_ADDRESS,
    failures.HostUnreachable: RestreamReason.UNREACHABLE,
    failures.CertificateWrong: RestreamReason.CERTIFICATE,
    failures.NoAnswer: RestreamReason.NO_ANSWER,
    failures.NoRtmp: RestreamReason.NO_RTMP,
    failures.ServerRefused: RestreamReason.REFUSED,
    failures.ServerGone: RestreamReason.DISCONNECTED,
    failures.ServerTooSlow: RestreamReason.TOO_SLOW,
}


class RestreamTools(Struct, frozen=True):
    """Dependencies of a `Restreamer`; the ingest of this machine writes segments to `folder`."""

    database: Database
    encryptor: Encryptor
    settings: RestreamSettings
    folder: Path
    ffmpeg: Path
    open_tls: Callable[[], ssl.SSLContext]


class _Running(Struct, frozen=True):
    media_id: UUID
    lease: RestreamLease
    task: asyncio.Task[None]


class Restreamer:
    """Starts and stops the transmissions of one worker. Call `look` each second."""

    def __init__(self, tools: RestreamTools) -> None:
        self._tools = tools
        self._worker_id = new_id()
        self._running: dict[RestreamTargetId, _Running] = {}
        self._renewed_at = 0.0
        self._tls: ssl.SSLContext | None = None

    async def look(self) -> None:
        """Start transmissions that are due; stop those that are not allowed any more."""
        if self._tools.settings.at_once == 0:
            return
        async with self._tools.database.read() as conn:
            due = await queries.list_due(conn, self._worker_id)
        self._stop_all_but({_name(each) for each in due})
        await self._renew()
        for each in due:
            if each.target_id not in self._running and each.is_free and each.is_due:
                await self._begin(each)

    async def close(self) -> None:
        """Stop sending."""
        tasks = [each.task for each in self._running.values()]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    def _stop_all_but(self, wanted: set[tuple[object, ...]]) -> None:
        for each in self._running.values():
            lease = each.lease
            name = (lease.target_id, lease.version, lease.stream_id, each.media_id)
            if name not in wanted and not each.task.cancelling():
                each.task.cancel()

    async def _renew(self) -> None:
        """Renew the leases, and stop what another worker has taken."""
        if not self._running or time.monotonic() - self._renewed_at < _RENEW_AFTER_S:
            return
        asked_at = time.monotonic()
        asked = list(self._running.values())
        ids = [each.lease.target_id for each in asked]
        async with self._tools.database.transaction(recorded=False) as tx:
            held = set(await queries.renew_leases(tx, self._worker_id, ids, rules.LEASE))
        self._renewed_at = asked_at
        for each in asked:
            if each.lease.target_id not in held and not each.task.done():
                each.task.cancel()

    async def _begin(self, due: DueRestream) -> None:
        """Lease a target whose stream is written on this machine, and send it, if there is room."""
        folder = self._tools.folder / str(due.media_id)
        if not await asyncio.to_thread(is_fresh, folder):
            return
        is_full = len(self._running) >= self._tools.settings.at_once
        if is_full and due.reason is RestreamReason.BUSY:
            return
        lease = RestreamLease(due.target_id, due.version, due.stream_id, self._worker_id)
        asked_at = time.monotonic()
        async with self._tools.database.transaction(recorded=False) as tx:
            if not await queries.take_lease(tx, lease, rules.LEASE):
                return
            if is_full:
                await queries.update_busy(tx, lease)
                return
        if not self._running:
            self._renewed_at = asked_at
        task = asyncio.create_task(self._send(due, lease))
        self._running[due.target_id] = _Running(due.media_id, lease, task)

    async def _send(self, due: DueRestream, lease: RestreamLease) -> None:
        """Send a stream to a target to its end, and note what became of it."""
        sent_since: list[float] = []

        async def note_begin() -> None:
            sent_since.append(time.monotonic())
            async with self._tools.database.transaction(recorded=False) as tx:
                await queries.update_sending(tx, lease)

        try:
            reason = await self._try(due, note_begin)
            has_settled = bool(sent_since) and (
                time.monotonic() - sent_since[0] >= rules.SETTLED_AFTER_S
            )
            await self._note_end(lease, reason, 0 if has_settled else due.failures)
        except asyncio.CancelledError:
            async with self._tools.database.transaction(recorded=False) as tx:
                await queries.delete_lease(tx, lease)
            raise
        except Exception:
            # The lease expires, and it is tried again.
            log.exception("restream_broke", target_id=str(due.target_id))
        finally:
            del self._running[due.target_id]

    async def _try(
        self, due: DueRestream, note_begin: Callable[[], Awaitable[None]]
    ) -> RestreamReason:
        """Send a stream until it can't be sent; return why."""
        self._tls = self._tls or await asyncio.to_thread(self._tools.open_tls)
        try:
            await transmit(self._describe(due, self._tls, note_begin))
        except LeaseLost:
            return RestreamReason.INTERRUPTED
        except tuple(_REASONS) as error:
            return _REASONS[type(error)]
        return RestreamReason.INTERRUPTED

    def _describe(
        self, due: DueRestream, tls: ssl.SSLContext, note_begin: Callable[[], Awaitable[None]]
    ) -> Transmission:
        """Return what is sent, and where. Raises DecryptionFailed and NotRtmp."""
        tools = self._tools
        sealed = SealedTargetKey(due.target_id, due.sealed, due.sealed_with)
        return Transmission(
            ffmpeg=tools.ffmpeg,
            folder=tools.folder / str(due.media_id),
            server=read_server(due.url, tools.settings.trusted),
            key=open_key(tools.encryptor, sealed),
            tls=tls,
            may_send=self._may_send,
            begun=note_begin,
        )

    def _may_send(self) -> bool:
        return time.monotonic() - self._renewed_at < rules.STOP_AFTER_S

    async def _note_end(self, lease: RestreamLease, reason: RestreamReason, before: int) -> None:
        """Note why a target gets nothing, and when it is tried again."""
        is_failure = reason is not RestreamReason.INTERRUPTED
        count = before + 1 if is_failure else before
        is_over = is_failure and rules.is_given_up(reason, count)
        pause = None if is_over else rules.find_pause(count if is_failure else 1)
        log.info("restream_ended", target_id=str(lease.target_id), reason=reason, failures=count)
        async with self._tools.database.transaction(recorded=False) as tx:
            await queries.update_failed(tx, lease, reason, failures=count, pause=pause)


def _name(due: DueRestream) -> tuple[object, ...]:
    return due.target_id, due.version, due.stream_id, due.media_id
