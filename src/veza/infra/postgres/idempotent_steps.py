"""The steps of a request that is executed once for its idempotency key."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from msgspec import Struct

from veza.infra.postgres.database import Tx

# With the id under which it is executed, and whether the key is new: a request that is executed
# again, after a crash, has the id of the first and continues what that began.
type BeginStep = Callable[[Tx, UUID, bool], Awaitable[None]]
type OutsideStep = Callable[[UUID], Awaitable[None]]
type FinishStep = Callable[[Tx, UUID], Awaitable[bytes]]


class IdempotentSteps(Struct, frozen=True):
    """The callbacks of a request that is executed once: before, during and after its main work.

    `begin` runs in the transaction that leases the key, which is recorded in the audit log: if it
    fails, the key is as it was. `proceed` runs outside of transactions, for calls to other systems,
    or for transactions of its own. `finish` runs in the transaction that stores the response.
    """

    proceed: OutsideStep
    finish: FinishStep
    begin: BeginStep | None = None
