"""The parts of `cloud/files` that the program is assembled from."""

from collections.abc import Sequence
from functools import partial

from veza.domains.cloud.files import jobs, personal_data, routes
from veza.domains.cloud.files.models import Retention
from veza.domains.cloud.files.queries import file_records
from veza.domains.cloud.files.upload_purposes import create_purposes
from veza.domains.contributions import PersonalData
from veza.domains.wiring import Schedule, Wiring
from veza.http.services import ServiceRegistry
from veza.infra.postgres.database import Database


def _create_work(services: ServiceRegistry) -> Sequence[Schedule]:
    database = services.get(Database)
    retention = services.get(Retention)
    return [
        Schedule("empty_trash", "20 * * * *", partial(jobs.empty_trash, database, retention)),
        Schedule("thin_versions", "50 * * * *", partial(jobs.thin_versions, database, retention)),
    ]


WIRING = Wiring(
    routers=[routes.router],
    create_work=_create_work,
    upload_purposes=create_purposes,
    personal_data=PersonalData(
        personal_data.TABLES,
        personal_data.export,
        personal_data.erase,
        personal_data.list_files,
        move=personal_data.move,
    ),
    statistics={"files": file_records.count_files},
)
