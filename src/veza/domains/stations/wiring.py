"""The parts of `stations` that the program is assembled from."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from veza.domains.contributions import PersonalData
from veza.domains.music.audio.service.audio_storage import AudioStorage
from veza.domains.stations import jobs, personal_data, stored_objects
from veza.domains.stations.models.stations import ReplaceLostTracks
from veza.domains.stations.queries import records
from veza.domains.stations.routes import listening, playing, requests, stations
from veza.domains.stations.service import stations as station_service
from veza.domains.stations.service import takedowns
from veza.domains.stations.service.broadcasts import StationBroadcasts
from veza.domains.stations.service.clock import StationClock
from veza.domains.wiring import Job, Schedule, Wiring
from veza.http.services import ServiceRegistry
from veza.infra.postgres.database import Database


def _create_services(services: ServiceRegistry) -> Sequence[object]:
    clock = StationClock()
    broadcasts = StationBroadcasts(services.get(Database), services.get(AudioStorage), clock)
    return [clock, broadcasts]


def _create_work(services: ServiceRegistry) -> Sequence[Job[Any] | Schedule]:
    database, audio = services.get(Database), services.get(AudioStorage)
    clock = services.get(StationClock)
    run = partial(jobs.advance_stations, database, audio)
    replace = partial(jobs.replace_lost_tracks, database, audio)
    return [
        Job(ReplaceLostTracks, replace, at_once=1),
        Schedule("advance_stations", "17 * * * *", run),
        Schedule("fix_requests", "* * * * *", partial(jobs.fix_requests, database, clock)),
        Schedule("sweep_takeovers", "*/5 * * * *", partial(jobs.sweep_takeovers, database)),
    ]


WIRING = Wiring(
    routers=[stations.router, playing.router, requests.router],
    pages=[listening.router],
    create_services=_create_services,
    create_work=_create_work,
    personal_data=PersonalData(
        personal_data.TABLES, personal_data.export, personal_data.erase, move=personal_data.move
    ),
    evidence={"station": station_service.find_evidence},
    takedowns={"station": takedowns.TAKEDOWN},
    pictures={"station": takedowns.COVER},
    reviewed={"station": takedowns.list_reviewed},
    objects=stored_objects.OBJECT_SOURCE,
    statistics={"stations": records.count_stations},
)
