"""The version of a play queue reaches the member's other devices, and nobody else's."""

from tests import make
from tests.domains.realtime.chat_client import connected
from veza.app.services import Services
from veza.domains.music.library.models import QueueForm, QueuePosition
from veza.domains.music.library.service import queues


async def test_changes_of_the_queue_are_pushed_to_all_connections_of_the_member(
    served: Services, address: str
) -> None:
    ann, ben = await make.person(served), await make.person(served)
    async with served.database.transaction() as tx:
        track_id = await make.bare_track(tx, ben.member, "Night Ferry")
    async with connected(served, address, ann, ann, ben) as (phone, laptop, other):
        async with served.database.transaction() as tx:
            form = QueueForm([track_id, track_id], "Phone", None, current_index=0)
            saved = await queues.save_queue(tx, ann.member, form)
        for socket in (phone, laptop):
            await socket.receive("queue", version=saved.version)
        async with served.database.transaction() as tx:
            place = QueuePosition(1, 2000, "Laptop", saved.version)
            moved = await queues.save_position(tx, ann.member, place)
        for socket in (phone, laptop):
            await socket.receive("queue", version=moved.version)
        await other.flush()
        assert other.all("queue") == []
