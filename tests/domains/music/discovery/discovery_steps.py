"""Steps that tests of discovery share."""

from collections.abc import Sequence

from tests import make
from veza.core.access import Role
from veza.core.ids import TrackId
from veza.domains.music.discovery.queries import draws


async def publish(services, owner, count=1, **columns) -> list[TrackId]:
    """Commit public tracks that can be drawn."""
    async with services.database.transaction() as tx:
        made = [await make.bare_track(tx, owner, f"Track {n}", **columns) for n in range(count)]
        for track_id in made:
            await draws.update_draw(tx, track_id)
    return made


async def like(services, track_ids: Sequence[TrackId], *people) -> None:
    """Commit likes of all tracks by all members."""
    async with services.database.transaction() as tx:
        for track_id in track_ids:
            for person in people:
                sql = "insert into track_likes (track_id, user_id) values ($1, $2)"
                await tx.run(sql, track_id, person.id)
            sql = "update tracks set likes_count = likes_count + $2 where id = $1"
            await tx.run(sql, track_id, len(people))


async def crowd(services, count: int) -> list[make.Person]:
    return [await make.person(services) for _ in range(count)]


async def creators(services, count: int) -> list[make.Person]:
    return [await make.person(services, Role.CREATOR) for _ in range(count)]


async def hide(services, way: str, viewer, owner, track_id: TrackId) -> None:
    """Hide a track from a viewer in one of many ways."""
    async with services.database.transaction() as tx:
        match way:
            case "private" | "unlisted":
                await tx.run("update tracks set visibility = $2 where id = $1", track_id, way)
            case "suspended":
                sql = """
                    update users set suspended_at = now(), suspension_reason = 'Spam' where id = $1
                """
                await tx.run(sql, owner.id)
            case "blocked":
                await tx.run("insert into blocks values ($1, $2)", viewer.id, owner.id)
            case "blocking":
                await tx.run("insert into blocks values ($1, $2)", owner.id, viewer.id)
            case _:
                await tx.run("insert into mutes values ($1, $2)", viewer.id, owner.id)


def ids_of(answer, key: str = "tracks") -> list[str]:
    assert answer.status_code == 200, answer.text
    return [found["id"] for found in answer.json()["data"][key]]
