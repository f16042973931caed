"""A Stripe of our own: accounts, transfers and reversals, each done once for its key."""

import hmac
import json
import time
from collections import defaultdict
from typing import Any
from uuid import uuid4

from tests.fakes.company import Call, Company, Event, Json, Refusal

SECRET_KEY = "sk_test_of_a_test"
WEBHOOK_SECRET = "whsec_that_both_sides_know"


class FakeStripe(Company):
    """Its books are `accounts`, `transfers` and `reversals`; `funds` is what the platform has.

    What becomes of accounts it tells by events, as soon as they are delivered.
    """

    def __init__(self) -> None:
        super().__init__()
        self.accounts: dict[str, Json] = {}
        self.transfers: dict[str, Json] = {}
        self.reversals: list[Json] = []
        self.funds = 10**9
        self._kept: dict[str, tuple[Json, Json]] = {}

    def connect(self, account_ref: str, *, is_connected: bool = True) -> None:
        """Have a seller tell who they are, to Stripe's content or not."""
        with self.lock:
            account = self.accounts[account_ref]
            account["payouts_enabled"] = is_connected
            account["capabilities"] = {"transfers": "active" if is_connected else "inactive"}
            reason = None if is_connected else "requirements.past_due"
            account["requirements"] = {"disabled_reason": reason}
            body = self.make_event("account.updated", account)
            self.events.append(Event(body, {"stripe-signature": sign(body)}))

    def forget_keys(self) -> None:
        """Let a day pass: keys are good for no longer."""
        with self.lock:
            self._kept.clear()

    def paid_cents(self, account_ref: str) -> int:
        """What an account was paid, less what was taken back."""
        with self.lock:
            return sum(
                one["amount"] - one["amount_reversed"]
                for one in self.transfers.values()
                if one["destination"] == account_ref
            )

    def make_event(self, event_type: str, thing: Json) -> bytes:
        """Write an event as it is sent."""
        event = {
            "id": f"evt_{uuid4().hex}",
            "object": "event",
            "api_version": "2026-10-28.endive",
            "type": event_type,
            "created": int(time.time()),
            "data": {"object": thing},
            "livemode": False,
        }
        return json.dumps(event).encode()

    def answer(self, call: Call) -> Json:
        if call.headers.get("authorization") != f"Bearer {SECRET_KEY}":
            raise _refuse(401, "Invalid API Key provided", kind="invalid_error_code")
        key = call.headers.get("idempotency-key", "")
        if call.method != "POST":
            return self._do(call)
        assert key, "The SDK sends a key with every POST."
        if key in self._kept:
            form, answer = self._kept[key]
            if form != call.form | {"path": call.path}:
                message = "Keys for idempotent requests can only be used with the same parameters"
                raise _refuse(400, message, kind="idempotency_error")
            return answer
        answer = self._do(call)
        self._kept[key] = (call.form | {"path": call.path}, answer)
        return answer

    def _do(self, call: Call) -> Json:  # noqa: PLR0911 - one for each thing that it does
        match [call.method, *call.path.removeprefix("/v1/").split("/")]:
            case ["POST", "accounts"]:
                return self._open_account(call.form)
            case ["GET", "accounts", account_ref]:
                return self._find(self.accounts, account_ref)
            case ["POST", "account_links"]:
                return self._link(call.form)
            case ["POST", "transfers"]:
                return self._transfer(call.form)
            case ["GET", "transfers"]:
                return self._list(call.form)
            case ["POST", "transfers", transfer_ref, "reversals"]:
                return self._reverse(self._find(self.transfers, transfer_ref), call.form)
            case ["GET", "balance"]:
                return self._balance(call.headers["stripe-account"])
            case _:
                raise _refuse(404, f"Unrecognized request URL ({call.method}: {call.path})")

    def _open_account(self, form: Json) -> Json:
        account: Json = {
            "id": f"acct_{uuid4().hex[:16]}",
            "object": "account",
            "type": form["type"],
            "email": form.get("email"),
            "payouts_enabled": False,
            "capabilities": {},
            "requirements": {"disabled_reason": "requirements.past_due"},
        }
        self.accounts[account["id"]] = account
        return account

    def _link(self, form: Json) -> Json:
        self._find(self.accounts, form["account"])
        url = f"https://connect.stripe.com/setup/e/{uuid4().hex}"
        return {"object": "account_link", "url": url, "expires_at": int(time.time()) + 300}

    def _list(self, form: Json) -> Json:
        group, limit = form["transfer_group"], int(form["limit"])
        found = [one for one in self.transfers.values() if one["transfer_group"] == group]
        # The latest come first, and a page begins after the last one of the page before.
        found.reverse()
        names = [one["id"] for one in found]
        begin = names.index(form["starting_after"]) + 1 if "starting_after" in form else 0
        page, has_more = found[begin : begin + limit], len(found) > begin + limit
        return {"object": "list", "data": page, "has_more": has_more, "url": "/v1/transfers"}

    def _transfer(self, form: Json) -> Json:
        account = self._find(self.accounts, form["destination"])
        if account["capabilities"].get("transfers") != "active":
            message = "Your destination account needs to have the transfers capability enabled"
            raise _refuse(400, message, code="insufficient_capabilities_for_transfer")
        amount = int(form["amount"])
        if amount > self.funds:
            message = "You have insufficient available funds in your Stripe account"
            raise _refuse(400, message, code="balance_insufficient")
        self.funds -= amount
        transfer: Json = {
            "id": f"tr_{uuid4().hex[:16]}",
            "object": "transfer",
            "amount": amount,
            "amount_reversed": 0,
            "currency": form["currency"],
            "destination": account["id"],
            "transfer_group": form.get("transfer_group"),
            "metadata": {"transfer_id": form.get("metadata[transfer_id]")},
        }
        self.transfers[transfer["id"]] = transfer
        return transfer

    def _reverse(self, transfer: Json, form: Json) -> Json:
        amount = int(form["amount"])
        if transfer["amount_reversed"] + amount > transfer["amount"]:
            raise _refuse(400, "Reversal amount is greater than unreversed amount on transfer")
        if self.paid_cents(transfer["destination"]) < amount:
            message = "Insufficient funds in the destination account"
            raise _refuse(400, message, code="balance_insufficient")
        transfer["amount_reversed"] += amount
        self.funds += amount
        reversal: Json = {
            "id": f"trr_{uuid4().hex[:16]}",
            "object": "transfer_reversal",
            "amount": amount,
            "transfer": transfer["id"],
        }
        self.reversals.append(reversal)
        return reversal

    def _balance(self, account_ref: str) -> Json:
        sums: dict[str, int] = defaultdict(int)
        for one in self.transfers.values():
            if one["destination"] == account_ref:
                sums[one["currency"]] += one["amount"] - one["amount_reversed"]
        available = [{"currency": code, "amount": cents} for code, cents in sums.items()]
        return {"object": "balance", "available": available, "pending": []}

    def _find(self, things: dict[str, Json], name: str) -> Json:
        if name not in things:
            raise _refuse(404, f"No such object: '{name}'", code="resource_missing")
        return things[name]


def sign(body: bytes, *, at: int | None = None) -> str:
    """Sign an event, as Stripe does."""
    moment = at or int(time.time())
    signed = str(moment).encode() + b"." + body
    digest = hmac.digest(WEBHOOK_SECRET.encode(), signed, "sha256").hex()
    return f"t={moment},v1={digest}"


def _refuse(
    status: int, message: str, *, code: str | None = None, kind: str = "invalid_error_code"
) -> Refusal:
    error: dict[str, Any] = {"type": kind, "message": message}
    if code is not None:
        error["code"] = code
    return Refusal(status, {"error": error})
