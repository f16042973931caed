"""The statements of the queue are planned once in a while, not each time."""

from veza.infra.jobs.queue_driver import open_driver

_DUE = "select count(*) from pgqueuer where entrypoint = any($1) and status = 'queued'"
_PLANS = """
    select generic_plans, custom_plans from pg_prepared_statements where statement = $1
"""


async def test_a_statement_of_the_queue_is_not_planned_for_each_of_its_values(services):
    async with open_driver(services.addresses.database, lambda: False) as driver:
        for name in ("A", "B", "C"):
            await driver.fetch(_DUE, [name])

        assert await driver.fetch(_PLANS, _DUE) == [{"generic_plans": 3, "custom_plans": 0}]
