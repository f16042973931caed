"""The parts of `music/audio` that the program is assembled from."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from veza.domains.contributions import PersonalData
from veza.domains.music.audio import (
    admin_routes,
    failed_tracks,
    personal_data,
    queries,
    routes,
    stored_objects,
)
from veza.domains.music.audio.models import DeleteTrackFiles, ProcessTrack
from veza.domains.music.audio.service import cover_takedowns, reviews
from veza.domains.music.audio.service.audio_storage import AudioStorage
from veza.domains.music.audio.upload_purposes import create_purposes
from veza.domains.wiring import Job, Schedule, Wiring
from veza.http.services import ServiceRegistry
from veza.infra.postgres.database import Database


def _create_work(services: ServiceRegistry) -> Sequence[Job[Any] | Schedule]:
    # Imported where it is used: only the worker reads the tags of files.
    from veza.domains.music.audio import jobs  # noqa: PLC0415

    database = services.get(Database)
    storage = services.get(AudioStorage)
    return [
        Job(
            ProcessTrack,
            partial(jobs.process_track, database, storage),
            # A long track takes minutes: others must not wait for it.
            at_once=4,
            give_up=partial(jobs.fail_track, database, storage),
            needs_space=True,
        ),
        Job(DeleteTrackFiles, partial(jobs.delete_track_files, database, storage), at_once=2),
        Schedule(
            "sweep_failed_tracks", "50 * * * *", partial(failed_tracks.delete_expired, database)
        ),
        Schedule(
            "fill_cover_placeholders",
            "5,15,25,35,45,55 * * * *",
            partial(jobs.fill_placeholders, database, storage),
        ),
        Schedule(
            "fill_prints", "2,12,22,32,42,52 * * * *", partial(jobs.fill_prints, database, storage)
        ),
        Schedule("sweep_work_folders", "30 * * * *", partial(jobs.sweep_work_folders, storage)),
    ]


WIRING = Wiring(
    pictures={"track": cover_takedowns.COVER},
    reviewed={"track": reviews.list_reviewed},
    file_hashes={"track": queries.list_hashes},
    same_files=[queries.list_same_files],
    routers=[routes.router, admin_routes.router, routes.upload_router],
    create_work=_create_work,
    upload_purposes=create_purposes,
    personal_data=PersonalData(
        personal_data.TABLES,
        personal_data.export,
        personal_data.erase,
        personal_data.list_files,
        move=personal_data.move,
    ),
    objects=stored_objects.OBJECT_SOURCE,
    statistics={"storage": queries.sum_sizes},
)
