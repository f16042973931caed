"""The steady load of a soak test: members who do what members do, each thing now and then."""

import asyncio
import json
import re
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from tests.cluster.load import PRODUCT, TIMEOUT_S, Answer, Json, Load
from tests.make import PASSWORD

HOOK_SECRET = "the secret of the soak test's ingest"
# Between two of a kind, so that a server needs about a third of a core.
PAUSES_S = {
    "read": 0.1,
    "play": 0.25,
    "like": 0.5,
    "post": 1,
    "chat": 1,
    "talk": 1,
    "search": 0.5,
    "page": 0.5,
    "sign_in": 3,
    "broadcast": 15,
    "upload": 20,
    "order": 20,
}
SOCKETS = 4
# Of so many messages one is sent after a socket was replaced.
TALKS_OF_A_SOCKET = 3
PAID_S = 60


class Mix(Load):
    """A load of all that a server does. `pace` is how often: 0.5 is half as much."""

    def __init__(self, url: str, folder: Path, pace: float = 1.0) -> None:
        super().__init__(url, folder)
        self.pauses_s = {kind: pause_s / pace for kind, pause_s in PAUSES_S.items()}
        self._sockets: deque[ClientConnection] = deque()
        self._uploaded: str | None = None
        self._pages: deque[str] = deque()

    async def _set_stage(self) -> None:
        await super()._set_stage()
        key = await self._must("GET", "live/streams/me/key")
        self._stream_key = key["stream_key"]
        account = await self._must("GET", "users/me")
        self._login = {"email": account["email"], "password": PASSWORD}
        track, name = self.things["track"], account["username"]
        shown = [
            f"/tracks/{track}",
            f"/artists/{name}",
            f"/embed/tracks/{track}",
            f"/feeds/artists/{name}",
        ]
        self._pages.extend(["/", "/search?q=played", *shown, *await self._list_assets()])

    async def _clear_stage(self) -> None:
        for socket in self._sockets:
            await socket.close()

    async def _list_assets(self) -> list[str]:
        page = await self._anybody.get(f"{self.url}/")
        assets = sorted(set(re.findall(r'"(/assets/[^"]+)"', page.text)))
        assert assets, page.text
        return assets[:4]

    async def _search(self) -> None:
        await self._ask("search", "GET", "search?q=palyed&limit=10", by=self._anybody)

    async def _page(self) -> None:
        """Load the next page or file of the web application."""
        self._pages.rotate()
        path = self._pages[0]
        await self._ask(f"page {path}", "GET", f"{self.url}{path}", by=self._anybody)

    async def _sign_in(self) -> None:
        """Sign in on a new connection, read one's own account, and sign out."""
        base = f"{self.url}/api/v1/"
        async with httpx.AsyncClient(base_url=base, timeout=TIMEOUT_S, verify=False) as browser:
            data = await self._ask("sign_in", "POST", "auth/login", by=browser, json=self._login)
            if data is None:
                return
            headers = {"authorization": f"Bearer {data['access_token']}"}
            await self._ask("sign_in", "GET", "users/me", by=browser, headers=headers)
            await self._ask("sign_in", "POST", "auth/logout", by=browser, headers=headers)

    async def _upload(self) -> None:
        """Upload a track, and delete the one before."""
        data = await self._ask("upload", "POST", "tracks", **self._track(self._next()))
        if self._uploaded:
            await self._ask("upload", "DELETE", f"tracks/{self._uploaded}")
        self._uploaded = data and data["id"]

    async def _order(self) -> None:
        """Sell a new product: it is paid for in the sandbox, and invoiced."""
        product = await self._ask("order", "POST", "marketplace/products", json=PRODUCT)
        if product is None:
            return
        self.things["product"] = product["id"]
        path = f"marketplace/products/{product['id']}"
        file = {"file": ("loops.wav", self._sound.read_bytes())}
        await self._ask("order", "POST", f"{path}/files", files=file)
        await self._ask("order", "PUT", path, json={"status": "published"})
        order = await self._place_order()
        if order is None:
            return
        path = f"sandbox/payments/{order['payment']['payment_id']}/confirm"
        outcome = {"outcome": "succeeded"}
        await self._ask("order", "POST", path, json=outcome, headers=self.buyer)
        give_up_at = time.monotonic() + PAID_S
        while time.monotonic() < give_up_at:
            path = f"marketplace/orders/{order['id']}"
            shown = await self._ask("order", "GET", path, headers=self.buyer)
            if shown and shown["status"] == "paid":
                return
            await asyncio.sleep(0.5)
        self.record.answers.append(Answer("order", give_up_at - PAID_S, PAID_S, "NotPaid"))

    async def _broadcast(self) -> None:
        """Go live and off again, as nginx tells of an encoder."""
        for hook, call in (("publish", "publish"), ("update", "update_publish"), ("done", "done")):
            form = {"app": "live", "name": self._stream_key, "clientid": "7", "call": call}
            path = f"live/hooks/{hook}?secret={HOOK_SECRET}"
            await self._ask("broadcast", "POST", path, by=self._anybody, data=form)
            await self._ask("broadcast", "GET", "live/streams", by=self._anybody)

    async def _talk(self) -> None:
        """Send a message over a socket, and read it on the others."""
        number = int(self._next())
        began, result = time.monotonic(), 200
        try:
            async with asyncio.timeout(TIMEOUT_S):
                await self._renew_sockets(number)
                await self._say(number, f"Spoken {number}")
        except (OSError, TimeoutError, WebSocketException) as error:
            result = type(error).__name__
        self.record.answers.append(Answer("talk", began, time.monotonic() - began, result))

    async def _renew_sockets(self, number: int) -> None:
        if len(self._sockets) == SOCKETS and number % TALKS_OF_A_SOCKET == 0:
            await self._sockets.popleft().close()
        while len(self._sockets) < SOCKETS:
            data = await self._must("GET", "chat/token", headers=self.buyer)
            address = f"{self.url.replace('http', 'ws', 1)}/api/v1/chat/ws?token={data['token']}"
            socket = await connect(address)
            self._sockets.append(socket)
            room = {"conversation_id": self.things["room"]}
            await _send(socket, "join", 0, **room)
            await _read_until(socket, lambda frame: frame.get("id") == 0)

    async def _say(self, number: int, text: str) -> None:
        said = {"conversation_id": self.things["room"], "content": text, "client_id": text}
        sender, *others = self._sockets
        await _send(sender, "message", number, **said)
        await _read_until(sender, lambda frame: frame.get("id") == number)
        for socket in others:
            await _read_until(socket, lambda frame: frame["data"].get("content") == text)


async def _send(socket: ClientConnection, kind: str, number: int, **data: object) -> None:
    await socket.send(json.dumps({"type": kind, "id": number, "data": data}))


async def _read_until(socket: ClientConnection, is_meant: Callable[[Json], bool]) -> Json:
    while True:
        frame = json.loads(await socket.recv())
        if frame["type"] == "error":
            raise OSError(f"The socket answered {frame}")
        if is_meant(frame):
            return frame
