"""Steps and values that tests of relationships share."""

from tests import make
from tests.make import Person
from veza.infra.postgres.database import Tx

# So many others, whom a member has in a circle.
CROWD = """
    with crowd as (
        insert into users (id, username, email, password_hash)
             select id, right(replace(id::text, '-', ''), 20), id || '@example.com', ''
               from (select gen_random_uuid() as id from generate_series(1, $2)) drawn
          returning id
    )
    insert into {table} select $1, id from crowd
"""


async def member(tx: Tx) -> Person:
    made, name = await make.member_in(tx)
    return Person(made, name, "")


async def add_crowd(tx: Tx, table: str, person: Person, size: int) -> None:
    await tx.run(CROWD.format(table=table), person.id, size)
