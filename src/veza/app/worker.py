"""The job worker: runs the jobs and schedules of all domains, and delivers their events."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any

from veza.app.domains import DOMAINS, INVARIANTS
from veza.app.live import create_restream_settings
from veza.app.paths import find_ffmpeg
from veza.app.payment_providers import create_event_consumers
from veza.app.reactions import REACTIONS
from veza.app.recounts import RecountMember, recount_member
from veza.app.search_index import IndexMember, index_member, recount_search_words, refresh_search
from veza.app.service_registry import create_registry
from veza.app.services import Services
from veza.domains.live import jobs as streams
from veza.domains.live.rules.rewinding import RewindBounds
from veza.domains.live.service.ladders import Ladders, LadderTools
from veza.domains.marketplace.ledger.jobs import Verifier
from veza.domains.platform.audit import service as audit
from veza.domains.replays import jobs as recordings
from veza.domains.replays.models import RecordingSettings
from veza.domains.replays.service.capture import Recorder
from veza.domains.restreams import jobs as restreams
from veza.domains.restreams.service.restreamer import Restreamer, RestreamTools
from veza.domains.stations import jobs as stations
from veza.domains.stations.service.clock import StationClock
from veza.domains.stations.service.live_sound import LiveSound
from veza.domains.stations.service.takeovers import StationTaker
from veza.domains.wiring import Job, Schedule
from veza.infra.jobs import outbox, queue
from veza.infra.jobs.outbox import EventDelivery
from veza.infra.jobs.worker import Handler, Handlers, Schedules, Worker
from veza.infra.postgres import revisions
from veza.infra.postgres.database import Database
from veza.infra.processes.tasks import repeat
from veza.infra.rtmp.tls import open_tls
from veza.infra.security.secrets import list_former_secrets
from veza.infra.storage.deletion import DeleteFolders, delete_folders
from veza.infra.storage.disk_reserve import DiskReserve

GRACE_S = 8.0


def list_handlers(services: Services) -> Handlers:
    """Return the handler of each type of job, with the slots that no other type can take."""
    return {
        part.kind: Handler(
            run=_with_room(services.disk, part.run) if part.needs_space else part.run,
            give_up=part.give_up,
            at_once=part.at_once,
        )
        for part in _list_work(services)
        if isinstance(part, Job)
    }


def list_schedules(services: Services) -> Schedules:
    """Return what runs on a schedule, in UTC."""
    return {
        part.name: (part.cron, part.run)
        for part in _list_work(services)
        if isinstance(part, Schedule)
    }


def _list_work(services: Services) -> Sequence[Job[Any] | Schedule]:
    """Return the jobs and schedules of all domains, and those that concern all domains."""
    database = services.database
    data_dir = services.settings.data_dir
    registry = create_registry(services)
    registry.add(create_event_consumers(database, services.providers))
    registry.add(audit.derive_signing_keys(services.keys, list_former_secrets(data_dir)))
    registry.add(Verifier(INVARIANTS, services.addresses.database))
    return [
        *(part for wiring in DOMAINS.values() for part in wiring.list_work(registry)),
        Job(DeleteFolders, partial(delete_folders, services.storage), at_once=4),
        # What follows a suspension, of which there may be many.
        Job(IndexMember, partial(index_member, database), at_once=2),
        Job(RecountMember, partial(recount_member, database), at_once=2),
        Schedule("recount_search_words", "30 2 * * *", partial(recount_search_words, database)),
        Schedule("refresh_search", "20 * * * *", partial(refresh_search, database)),
        Schedule("sweep_revisions", "5 * * * *", partial(_sweep_revisions, database)),
    ]


def _with_room[J](
    disk: DiskReserve, run: Callable[[J], Awaitable[None]]
) -> Callable[[J], Awaitable[None]]:
    """Return a handler that postpones its job while the reserve of the disk is used up."""

    async def run_with_room(job: J) -> None:
        disk.ensure_room()
        await run(job)

    return run_with_room


async def run_worker(services: Services, stop: asyncio.Event) -> None:
    """Deliver events and run jobs until `stop`. Running jobs then have `GRACE_S` to end."""
    worker = Worker(
        services.addresses.database,
        list_handlers(services),
        list_schedules(services),
        create_delivery(services),
    )
    services.broadcast.listen(queue.TOPIC, worker.wake)
    expire = partial(streams.expire_streams, services.database, services.live)
    record = partial(recordings.record_streams, open_recorder(services))
    take = partial(stations.take_over_stations, open_taker(services))
    restreamer, ladders = open_restreamer(services), open_ladders(services)
    repeated = [
        (expire, streams.EXPIRE_INTERVAL_S),
        (partial(keep_windows, services), streams.REWIND_INTERVAL_S),
        (ladders.tend, streams.LADDER_INTERVAL_S),
        (record, recordings.RECORD_INTERVAL_S),
        (take, stations.TAKE_INTERVAL_S),
        (restreamer.look, restreams.LOOK_INTERVAL_S),
    ]
    async with asyncio.TaskGroup() as group:
        working = group.create_task(worker.run())
        running = [group.create_task(repeat(run, each_s=each_s)) for run, each_s in repeated]
        await stop.wait()
        for task in running:
            task.cancel()
        await restreamer.close()
        await ladders.close()
        await worker.stop(grace_s=GRACE_S)
        await working


def open_recorder(services: Services) -> Recorder:
    """Return what keeps the sound of streams."""
    settings = services.settings
    bounds = RecordingSettings.from_settings(
        settings.live_recording_hours, settings.live_recording_days
    )
    return Recorder(
        services.database,
        services.uploads,
        services.live.folder,
        bounds,
        services.disk.ensure_room,
    )


def open_restreamer(services: Services) -> Restreamer:
    """Return what sends streams to other platforms."""
    settings = services.settings
    tools = RestreamTools(
        services.database,
        services.live.encryptor,
        create_restream_settings(settings),
        services.live.folder,
        find_ffmpeg(settings),
        open_tls,
    )
    return Restreamer(tools)


def open_taker(services: Services) -> StationTaker:
    """Return what has streams take stations over."""
    sound = LiveSound(services.live.folder)
    return StationTaker(services.database, services.storage, StationClock(), sound)


def open_ladders(services: Services) -> Ladders:
    """Return what encodes the sound of streams a second time."""
    settings = services.settings
    tools = LadderTools(
        find_ffmpeg(settings),
        services.live.folder,
        settings.live_ladders,
        lambda: not services.disk.is_low,
    )
    return Ladders(services.database, tools)


async def keep_windows(services: Services) -> None:
    """Keep the last minutes of streams, and nothing while the reserve of the disk is used up."""
    settings = services.settings
    bounds = RewindBounds(
        settings.live_rewind_minutes * 60,
        0 if services.disk.is_low else settings.live_rewind_bytes,
    )
    await streams.keep_windows(services.database, services.live, bounds)


async def run_until_empty(services: Services) -> None:
    """Deliver all present events and run all present jobs, then return."""
    await create_delivery(services).deliver_due()
    await Worker(services.addresses.database, list_handlers(services), {}).run_until_empty()


def create_delivery(services: Services) -> EventDelivery:
    """Return the delivery of events, which wakes up when an event is stored."""
    delivery = EventDelivery(services.database, REACTIONS)
    services.broadcast.listen(outbox.TOPIC, delivery.wake)
    return delivery


async def _sweep_revisions(database: Database) -> None:
    async with database.transaction() as tx:
        await revisions.delete_old(tx)
