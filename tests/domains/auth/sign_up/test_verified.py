"""A server where only members with a verified address publish."""

import httpx
import msgspec

from tests import make
from tests.http.apps import assemble, calling
from veza.app.services import Services
from veza.app.sign_in import create_hourly_limits


async def test_members_without_a_verified_address_read_but_do_not_publish(services: Services):
    settings = msgspec.structs.replace(services.settings, verified_email_to_publish=True)
    app, served = assemble(services, settings)
    limits = create_hourly_limits(settings, services.counters, services.database)
    app.state.context = msgspec.structs.replace(app.state.context, hourly_limits=limits)
    author, member = await make.person(services), await make.person(services)
    async with services.database.transaction() as tx:
        track_id = await make.bare_track(tx, author.member, "Night Ferry")

    async def publish(client: httpx.AsyncClient) -> list[int]:
        """Try to publish in several ways; return the statuses."""
        attempts = (
            ("social/posts", {"content": "Good evening"}),
            (f"tracks/{track_id}/comments", {"content": "That bass!"}),
            ("conversations", {"type": "direct", "member_ids": [str(author.id)]}),
            ("playlists", {"title": "Ferries"}),
        )
        answers = [
            await client.post(path, json=body, headers=member.headers) for path, body in attempts
        ]
        refused = {each.json()["code"] for each in answers if each.status_code == 403}
        assert refused <= {"email_unverified"}
        return [answer.status_code for answer in answers]

    async with calling(served) as client:
        assert await publish(client) == [403] * 4
        assert (await client.get(f"tracks/{track_id}", headers=member.headers)).status_code == 200
        liked = await client.post(f"tracks/{track_id}/like", headers=member.headers)
        assert liked.status_code == 200
        # Or a wrong address could never be corrected.
        changed = await client.put("users/me", json={"bio": "Hello"}, headers=member.headers)
        assert changed.status_code == 200
        async with services.database.transaction(recorded=False) as tx:
            sql = "update users set email_verified_at = now() where id = $1"
            await tx.run(sql, member.id)
        assert await publish(client) == [201] * 4
