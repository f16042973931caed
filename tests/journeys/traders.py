"""Who sells and buys in a shop that is killed now and then: they keep all that they were told."""

import itertools
import time
from collections.abc import Sequence
from random import Random
from threading import Event, Thread
from typing import Any
from uuid import uuid4

import httpx
from msgspec import Struct

from tests.journeys.companies import Companies
from tests.journeys.served import Server, calling, sign_up

type Json = dict[str, Any]

ORDERS = "marketplace/orders"
SOUND = b"RIFF" + bytes(range(256)) * 10
_PATIENCE_S = 3
_TRIES = 3
_POLL_S = 0.25


class Seller(Struct):
    """Somebody who sells; at `account_ref` Stripe pays them, once they told it who they are."""

    name: str
    token: str
    products: list[str]
    account_ref: str | None = None

    def connect(self, server: Server, companies: Companies) -> None:
        """Set out to be paid, and tell Stripe what it wants to know."""
        with calling(server, self.token) as client:
            _expect(client.post("sell/connect/onboard"), 200)
        self.account_ref = companies.connect(f"{self.name}@example.com")


def open_stall(server: Server, name: str, prices: Sequence[int]) -> Seller:
    """Become a seller of products at these prices, in cents; the first has a file."""
    token = sign_up(server, name)
    with calling(server, token) as client:
        products = [_publish(client, price, has_file=not n) for n, price in enumerate(prices)]
    return Seller(name, token, products)


def _publish(client: httpx.Client, price_cents: int, *, has_file: bool) -> str:
    form: Json = {"title": f"Number {price_cents}", "price_cents": price_cents}
    form["type"] = "sample_pack" if has_file else "preset"
    product_id = _expect(client.post("marketplace/products", json=form), 201)["id"]
    path = f"marketplace/products/{product_id}"
    if has_file:
        _expect(client.post(f"{path}/files", files={"file": ("loops.wav", SOUND)}), 201)
    _expect(client.put(path, json={"status": "published"}), 200)
    return product_id


class Wish(Struct, frozen=True):
    """What is asked for under a key: again and again, until it is answered."""

    path: str
    form: Json


class Buyer:
    """Somebody who buys without end, in a thread of their own.

    `answered` and `unanswered` hold what they asked for by its key; `wanted`, the products that
    they never ordered.
    """

    def __init__(self, server: Server, name: str, wanted: Sequence[str], draw: Random) -> None:
        self.answered: dict[str, Json] = {}
        self.unanswered: dict[str, Wish] = {}
        self.complaints: list[str] = []
        self._server, self._token = server, sign_up(server, name)
        self._wanted, self._bought, self._draw = list(wanted), list[Json](), draw
        self._has_enough = Event()
        self._thread = Thread(target=self._buy_on, daemon=True)

    def start(self, companies: Companies) -> None:
        """Begin to buy."""
        self._bank = companies.bank
        self._thread.start()

    def stop(self) -> None:
        """End it."""
        self._has_enough.set()
        self._thread.join(60)
        assert not self._thread.is_alive()
        assert self.complaints == []

    def calling(self):
        """Call the shop as this buyer."""
        return calling(self._server, self._token)

    def insist(self) -> None:
        """Have all be answered that wasn't, and pay for it."""
        orders: list[Json] = []
        with self.calling() as client:
            for key, wish in list(self.unanswered.items()):
                answer = self._ask(client, key, wish)
                assert answer is not None, wish
                if wish.path == ORDERS:
                    orders.append(answer)
        # Once one is paid, a copy that wasn't answered could not be ordered any more.
        for order in orders:
            self._bank.pay(order["payment"]["payment_id"])

    def regret(self) -> None:
        """Want the money of an order back, long after."""
        with self.calling() as client:
            paid = (order for order in self.orders if self._is_paid(client, order))
            for order in itertools.islice(paid, 1):
                self._give_back(client, order, order["items"])

    @property
    def orders(self) -> list[Json]:
        """What was answered to the orders."""
        return [one for one in self.answered.values() if "items" in one]

    @property
    def refunds(self) -> list[Json]:
        """What was answered to the wishes to have money back."""
        return [one for one in self.answered.values() if "items" not in one]

    def _buy_on(self) -> None:
        with self.calling() as client:
            client.timeout = _PATIENCE_S
            while not self._has_enough.wait(self._draw.uniform(0, 0.5)):
                try:
                    if self._wanted:
                        self._buy(client)
                    self._look_back(client)
                except httpx.TransportError:
                    continue
                except Exception as error:
                    self.complaints.append(repr(error))
                    return

    def _buy(self, client: httpx.Client) -> None:
        """Order some products, once in a while twice at once, and pay."""
        count = min(self._draw.randint(1, 3), len(self._wanted))
        chosen = [self._wanted.pop() for _ in range(count)]
        wish = Wish(ORDERS, {"items": [{"product_id": one} for one in chosen]})
        copies = 2 if self._draw.random() < 0.1 else 1
        asked = [self._ask(client, str(uuid4()), wish) for _ in range(copies)]
        orders = [one for one in asked if one is not None]
        # Once one is paid, a copy that wasn't answered could not be ordered any more.
        for order in orders if len(orders) == copies else []:
            self._pay(order)

    def _look_back(self, client: httpx.Client) -> None:
        """Look at an order: download what was bought, and once in a while don't like it."""
        order = self._draw.choice([*self._bought, None])
        if order is None or not self._is_paid(client, order):
            return
        self._bought.remove(order)
        answer = client.get(f"{ORDERS}/{order['id']}/downloads")
        assert answer.is_success or answer.is_server_error, answer.text
        if self._draw.random() < 0.4:
            items = self._draw.sample(order["items"], self._draw.randint(1, len(order["items"])))
            self._give_back(client, order, items)

    def _is_paid(self, client: httpx.Client, order: Json) -> bool:
        answer = client.get(f"{ORDERS}/{order['id']}")
        assert answer.is_success or answer.is_server_error, answer.text
        return answer.is_success and answer.json()["data"]["status"] == "paid"

    def _give_back(self, client: httpx.Client, order: Json, items: Sequence[Json]) -> None:
        form = {"reason": "Not as described", "item_ids": [item["id"] for item in items]}
        self._ask(client, str(uuid4()), Wish(f"{ORDERS}/{order['id']}/refund", form))

    def _ask(self, client: httpx.Client, key: str, wish: Wish) -> Json | None:
        """Ask until there is an answer; None where there is none for the time being."""
        self.unanswered[key] = wish
        answer = self._try(client, key, wish)
        if answer is None:
            return None
        del self.unanswered[key]
        self.answered[key] = answer
        if self._draw.random() < 0.2:
            again = self._try(client, key, wish)
            assert again is None or again == answer, (answer, again)
        return answer

    def _try(self, client: httpx.Client, key: str, wish: Wish) -> Json | None:
        """Try some times; while nobody is there at all, wait."""
        tries = 0
        while tries < _TRIES:
            try:
                answer = client.post(wish.path, json=wish.form, headers={"Idempotency-Key": key})
            except httpx.TransportError as error:
                is_there = not isinstance(error, httpx.ConnectError) or self._has_enough.is_set()
                tries += is_there
            else:
                assert answer.is_success or answer.is_server_error, answer.text
                if answer.is_success:
                    return answer.json()["data"]
                tries += 1
            time.sleep(_POLL_S)
        return None

    def _pay(self, order: Json) -> None:
        """Pay; or have no luck, or think better of it."""
        outcome = self._draw.choice(["succeeded"] * 8 + ["failed", None])
        if outcome is not None:
            self._bank.pay(order["payment"]["payment_id"], outcome)
        if outcome == "succeeded":
            self._bought.append(order)


def _expect(answer: httpx.Response, status: int) -> Json:
    assert answer.status_code == status, answer.text
    return answer.json()["data"]
