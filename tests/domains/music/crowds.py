"""Many owners for tests of plans, as sites have them, and members who are suspended beside them."""

from veza.core.ids import new_id
from veza.infra.postgres.database import Tx

# Of every four members one is suspended, and owns nothing of what a test lists. Of rows that all
# have one owner, the planner expects that suspended owners leave none over, and sorts them.
_OWNERS = """
    insert into users (id, username, email, password_hash, role, suspended_at, suspension_reason)
         select gen_random_uuid(), $1 || n, $1 || n || '@example.com', '!', 'creator',
                case when n % 4 = 0 then now() end, case when n % 4 = 0 then 'Enough.' end
           from generate_series(1, 400) n
"""
# The owners with their place, from 0 to 299, to be joined with `s (n)`; the first parameter is
# their name.
OWNERS = """
    (select id, row_number() over (order by id) - 1 as place
       from users where starts_with(username, $1) and suspended_at is null) o
    on o.place = s.n % 300
"""


async def add_owners(tx: Tx) -> str:
    """Add 300 creators and 100 suspended ones; return how the names of all of them begin."""
    name = f"c{new_id().hex[-16:]}x"
    await tx.run(_OWNERS, name)
    return name


async def remove_owners(tx: Tx, name: str) -> None:
    """Delete them, and what they own."""
    await tx.run("delete from users where starts_with(username, $1)", name)
