"""The parts of `platform/idempotency` that the program is assembled from."""

from veza.domains.contributions import PersonalData
from veza.domains.platform.idempotency import jobs, queries
from veza.domains.wiring import Recurring, Wiring

WIRING = Wiring(
    recurring=[Recurring("sweep_idempotency_keys", "50 * * * *", jobs.sweep_idempotency_keys)],
    personal_data=PersonalData(("idempotency_keys",), queries.list_keys_of, queries.delete_keys_of),
)
