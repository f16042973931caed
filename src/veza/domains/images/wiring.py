"""The parts of `images` that the program is assembled from."""

from veza.domains.contributions import PersonalData
from veza.domains.images import jobs, personal_data, queries, routes, stored_objects
from veza.domains.images.upload_purposes import create_purposes
from veza.domains.wiring import Recurring, Wiring

WIRING = Wiring(
    routers=[routes.router],
    recurring=[Recurring("sweep_images", "45 * * * *", jobs.sweep_images)],
    upload_purposes=create_purposes,
    personal_data=PersonalData(
        personal_data.TABLES, personal_data.export, personal_data.erase, personal_data.list_files
    ),
    objects=stored_objects.OBJECT_SOURCE,
    statistics={"images": queries.count_images},
)
