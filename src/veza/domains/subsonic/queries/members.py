"""Facts about the member whose player calls."""

from datetime import datetime

from veza.core.ids import UserId
from veza.infra.postgres.database import Conn


async def find_joined_at(conn: Conn, user_id: UserId) -> datetime | None:
    return await conn.value(datetime, "select created_at from users where id = $1", user_id)
