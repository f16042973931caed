"""Companies as a shop has them: they take their time, and their events get doubled or lost."""

import time
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from random import Random
from typing import Any, Self

import httpx
import msgspec

from tests.fakes import hyperswitch, stripe
from tests.fakes.company import Call, Event, Fault, Json
from tests.fakes.hyperswitch import FakeHyperswitch
from tests.fakes.stripe import FakeStripe

_MOST_TRIES = 4
# What happens to the books of a company whose answer gets lost: it did what was asked.
_MISHAPS = (Fault(0, is_done=True), Fault(500, is_done=True), Fault(503))


class Post:
    """Carries events to the shop, which is down from time to time; `arrived` are those kept.

    Of `copies` it draws how often it sends one: not at all, once or twice.
    """

    def __init__(self, draw: Random) -> None:
        self.url = ""
        self.copies = [0, 1, 1, 1, 2]
        self.arrived: set[str] = set()
        self.complaints: list[str] = []
        self._draw = draw
        self._carriers = ThreadPoolExecutor(4)
        self._letters: list[Future[None]] = []

    def send(self, path: str, event: Event) -> None:
        """Send an event as often as it falls out."""
        for _ in range(self._draw.choice(self.copies)):
            self._letters.append(self._carriers.submit(self._carry, path, event))

    def wait(self) -> None:
        """Wait until all that was sent has arrived, or got lost."""
        wait(self._letters)

    def close(self) -> None:
        """Wait for what is on its way."""
        self._carriers.shutdown()

    def _carry(self, path: str, event: Event) -> None:
        for _ in range(_MOST_TRIES):
            status = self._post(path, event)
            if status == httpx.codes.OK:
                said = msgspec.json.decode(event.body)
                self.arrived.add(said.get("event_id") or said["id"])
                return
            if status < httpx.codes.INTERNAL_SERVER_ERROR:
                self.complaints.append(f"{path} answered {status} to {event.body!r}")
                return
            time.sleep(self._draw.uniform(0, 0.5))

    def _post(self, path: str, event: Event) -> int:
        url = f"{self.url}/api/v1/webhooks/{path}"
        try:
            answer = httpx.post(url, content=event.body, headers=event.headers, timeout=3)
        except httpx.TransportError:
            return httpx.codes.SERVICE_UNAVAILABLE
        return answer.status_code


class Bank(FakeHyperswitch):
    """A Hyperswitch that decides of refunds a moment later, and tells of all that it does."""

    def __init__(self, post: Post, draw: Random) -> None:
        super().__init__()
        self.refund_status = "pending"
        self._post, self._draw = post, draw
        self._clerk = ThreadPoolExecutor(1)

    def answer(self, call: Call) -> Json:
        answer = super().answer(call)
        if (call.method, call.path) == ("POST", "/refunds"):
            self._clerk.submit(self._decide, answer["refund_id"])
        return answer

    def close(self) -> None:
        """Decide all that is undecided."""
        self._clerk.shutdown()

    def _decide(self, refund_id: str) -> None:
        time.sleep(self._draw.uniform(0, 0.3))
        status = "failed" if self._draw.random() < 0.1 else "succeeded"
        with self.lock:
            refund = self.refunds[refund_id]
            refund["status"] = status
            self._tell(f"refund_{status}", refund, "refund_details")

    def _tell(self, event_type: str, thing: Json, kind: str = "payment_details") -> None:
        super()._tell(event_type, thing, kind)
        self._post.send("hyperswitch", self.events.pop())


class Companies:
    """Both of a shop, and the post between them and it."""

    def __init__(self, draw: Random) -> None:
        self._draw = draw
        self.post = Post(draw)
        self.bank = Bank(self.post, draw)
        self.stripe = FakeStripe()
        for company in (self.bank, self.stripe):
            company.draw_delay_s = lambda: draw.uniform(0, 0.1)

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            for company in (self.bank, self.stripe):
                stack.enter_context(company)
            stack.callback(self.post.close)
            stack.callback(self.bank.close)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def settings(self) -> dict[str, str]:
        """What makes a server talk to these."""
        return {
            "VEZA_PAYMENT_PROVIDER": "hyperswitch",
            "VEZA_HYPERSWITCH_URL": self.bank.url,
            "VEZA_HYPERSWITCH_API_KEY": hyperswitch.API_KEY,
            "VEZA_HYPERSWITCH_WEBHOOK_SECRET": hyperswitch.SECRET,
            "VEZA_PAYOUT_PROVIDER": "stripe",
            "VEZA_STRIPE_URL": self.stripe.url,
            "VEZA_STRIPE_SECRET_KEY": stripe.SECRET_KEY,
            "VEZA_STRIPE_WEBHOOK_SECRET": stripe.WEBHOOK_SECRET,
        }

    def connect(self, email: str) -> str:
        """Have a seller tell Stripe who they are; give the account."""
        [account] = [one for one in self.stripe.accounts.values() if one["email"] == email]
        self.stripe.connect(account["id"])
        body = self.stripe.make_event("account.updated", account)
        self.post.send("stripe", Event(body, {"stripe-signature": stripe.sign(body)}))
        return account["id"]

    def recover(self) -> None:
        """Have nothing go wrong any more."""
        for company in (self.bank, self.stripe):
            company.faults.clear()

    def stumble(self) -> None:
        """Have one of the next calls go wrong."""
        company: Any = self._draw.choice([self.bank, self.stripe])
        company.faults.append(self._draw.choice(_MISHAPS))
