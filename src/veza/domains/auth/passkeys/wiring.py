"""The parts of `auth/passkeys` that the program is assembled from."""

from veza.domains.auth.passkeys import jobs, personal_data
from veza.domains.contributions import PersonalData
from veza.domains.wiring import Recurring, Wiring

WIRING = Wiring(
    recurring=[Recurring("sweep_passkey_challenges", "22 * * * *", jobs.sweep_challenges)],
    personal_data=PersonalData(personal_data.TABLES, personal_data.export, personal_data.erase),
)
