"""A WebSocket as a page: by its handshake or its token, closed when the role changes or ends."""

import httpx
from websockets.asyncio.client import connect

from tests import make
from tests.domains.realtime.chat_client import ChatSocket
from tests.journeys.served import Server
from veza.app.services import Services
from veza.core.profiles import ProfileRole


async def test_a_socket_speaks_as_the_page_until_the_role_ends(
    served: Services, server: Server, address: str
) -> None:
    ann, bob = await make.person(served), await make.person(served)
    page = await make.page(served, ann)
    await make.role_in(served, page, bob)
    api = f"http://127.0.0.1:{server.port}/api/v1"

    async with httpx.AsyncClient(base_url=api) as client:

        async def ask_token(headers: dict[str, str]) -> str:
            return (await client.get("chat/token", headers=headers)).json()["data"]["token"]

        async def closed(query: str, headers: dict[str, str] | None = None) -> int | None:
            url = f"{address}?{query}"
            async with connect(url, additional_headers=headers) as websocket:
                await websocket.wait_closed()
                return websocket.close_code

        own = await ask_token(bob.headers)
        asked_as_page = await ask_token(page.headers_of(bob))
        by_header = await ask_token(bob.headers)
        named = {"X-Veza-Profile": str(page.id)}
        async with (
            connect(f"{address}?token={own}&profile={page.id}") as first,
            connect(f"{address}?token={asked_as_page}") as second,
            connect(f"{address}?token={by_header}", additional_headers=named) as third,
        ):
            sockets = [ChatSocket(each) for each in (first, second, third)]
            for socket in sockets:
                ready = await socket.receive("ready")
                assert ready["user_id"] == str(page.id)
            path = f"profiles/{page.id}/members/{bob.id}"
            assert (await client.delete(path, headers=ann.headers)).status_code == 200
            assert [await socket.closed() for socket in sockets] == [4403] * 3

        assert await closed(f"token={await ask_token(bob.headers)}&profile={page.id}") == 4403
        assert await closed(f"token={await ask_token(bob.headers)}&profile=nonsense") == 4403
        await make.role_in(served, page, bob, ProfileRole.UPLOADER)
        assert await closed(f"token={await ask_token(bob.headers)}&profile={page.id}") == 4403
