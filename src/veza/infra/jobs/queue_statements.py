"""The statement by which a worker takes jobs, changed so that limits hold for each worker.

The library counts the running jobs of a type over all workers, so ten nodes would process as many
tracks at once as one. Each running job of a limited type has a slot, which is unique for its type:
here every worker has slots of its own.
"""

from typing import Any

from pgqueuer.adapters.persistence.composer import ComposedQuery
from pgqueuer.adapters.persistence.qb import QueryQueueBuilder

# Where a worker's slots begin: a multiple of 65,536, drawn from its id ($3).
_FIRST_SLOT = "((hashtextextended($3::uuid::text, 0) & 1099511627775) << 16)"
# Parts of the library's statement, and what replaces them.
_CHANGES = (
    ("WHERE queue_manager_id IS NOT NULL", "WHERE queue_manager_id = $3"),
    (
        "AS slots(slot)",
        f"AS seats(seat) CROSS JOIN LATERAL (SELECT seat + {_FIRST_SLOT}) AS slots(slot)",
    ),
)


class WorkerQueueBuilder(QueryQueueBuilder):
    """The library's statements, with limits of concurrent jobs for each worker."""

    def build_dequeue_query(self, **options: Any) -> ComposedQuery:
        """Return the statement that takes jobs, and its parameters."""
        query = super().build_dequeue_query(**options)
        sql = query.sql
        if any(limit > 0 for limit in options["concurrency_limits"]):
            for former, own in _CHANGES:
                assert sql.count(former) == 1, f"The library's statement is another one: {former}"
                sql = sql.replace(former, own)
        return ComposedQuery(sql=sql, args=query.args)
