"""A Hyperswitch of our own: payments, kept methods, refunds, disputes, and signed webhooks."""

import hashlib
import hmac
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from tests.fakes.company import Call, Company, Event, Json, Refusal

API_KEY = "snd_of_a_test"
SECRET = "a secret that both sides know"

_PAYMENT_FIELDS = {
    *("payment_id", "amount", "currency", "capture_method", "confirm", "description"),
    *("return_url", "profile_id", "customer_id", "setup_future_usage", "customer_acceptance"),
    *("off_session", "recurring_details"),
}


@dataclass(frozen=True)
class Charge:
    """The result of a payment that is charged without its buyer.

    With `is_refused` the request is, and the payment stays behind with the status.
    """

    status: str
    code: str | None = None
    message: str | None = None
    is_refused: bool = False


PAID = Charge("succeeded")
DECLINED = Charge("failed", "card_declined", "Your card was declined.")
ASKED = Charge("requires_customer_action")
PROCESSING = Charge("processing")
STUCK = Charge("requires_confirmation", "IR_39", "payment method is not configured", True)


class FakeHyperswitch(Company):
    """Its books are `payments`, `methods`, `refunds`, `disputes`; tests say what becomes of them.

    All of that it tells by events that are signed with `secret`, as soon as they are delivered.
    """

    def __init__(self, secret: str = SECRET) -> None:
        super().__init__()
        self._secret = secret
        self.payments: dict[str, Json] = {}
        self.methods: dict[str, Json] = {}
        self._charges: dict[str, list[Charge]] = {}
        self.refunds: dict[str, Json] = {}
        self.disputes: dict[str, Json] = {}
        self.refund_status = "succeeded"

    def pay(
        self,
        payment_id: str,
        status: str = "succeeded",
        received: int | None = None,
        card: str = "4242",
        country: str | None = None,
    ) -> None:
        """Confirm a payment with a card, which the bank accepts or declines."""
        with self.lock:
            payment = self.payments[payment_id]
            details = {"last4": card, "card_issuing_country": country}
            payment["payment_method_data"] = {"card": details, "billing": None}
            if payment.get("setup_future_usage") == "off_session" and status == "succeeded":
                payment["payment_method_id"] = self._keep(payment["customer_id"], card)
            self._end(payment, status, received)

    def decide(self, method_id: str, *charges: Charge) -> None:
        """Set the results of the next charges of a kept method; the last one repeats."""
        with self.lock:
            self._charges[method_id] = list(charges)

    def _keep(self, customer_id: str, card: str) -> str:
        """Keep a card of a customer; a card that is kept already keeps its name."""
        for method_id, method in self.methods.items():
            if (method["customer_id"], method["card"]) == (customer_id, card):
                return method_id
        method_id = f"pm_{uuid4().hex[:20]}"
        self.methods[method_id] = {"customer_id": customer_id, "card": card}
        return method_id

    def _end(self, payment: Json, status: str, received: int | None = None) -> None:
        payment["status"] = status
        if status == "succeeded":
            payment["amount_received"] = received or payment["amount"]
        self._tell(f"payment_{status}", payment)

    def dispute(self, payment_id: str, amount: int) -> str:
        """Have a bank take money back, for the time being; give the dispute's name."""
        with self.lock:
            dispute: Json = {
                "dispute_id": f"dp_{uuid4().hex[:16]}",
                "payment_id": payment_id,
                # Here Hyperswitch writes sums as text.
                "amount": str(amount),
                "currency": self.payments[payment_id]["currency"],
                "dispute_stage": "dispute",
                "dispute_status": "dispute_opened",
                "created_at": datetime.now(UTC).isoformat(),
            }
            self.disputes[dispute["dispute_id"]] = dispute
            self._tell("dispute_opened", dispute, "dispute_details")
            return dispute["dispute_id"]

    def end_dispute(self, dispute_id: str, how: str) -> None:
        """Have a dispute be `won`, `lost`, `accepted`, `cancelled`, or go on as `challenged`."""
        with self.lock:
            dispute = self.disputes[dispute_id]
            dispute["dispute_status"] = f"dispute_{how}"
            self._tell(dispute["dispute_status"], dispute, "dispute_details")

    @property
    def net_cents(self) -> int:
        """What came in less what went back, for the time being or for good."""
        with self.lock:
            received = sum(one.get("amount_received") or 0 for one in self.payments.values())
            returned = [one for one in self.refunds.values() if one["status"] == "succeeded"]
            won = {"dispute_won", "dispute_cancelled"}
            taken = [one for one in self.disputes.values() if one["dispute_status"] not in won]
            back = sum(one["amount"] for one in returned)
            return received - back - sum(int(one["amount"]) for one in taken)

    def make_event(self, event_type: str, thing: Json, kind: str = "payment_details") -> bytes:
        """Write an event as it is sent."""
        event = {
            "merchant_id": "merchant",
            "event_id": f"evt_{uuid4().hex}",
            "event_type": event_type,
            "content": {"type": kind, "object": thing},
            "timestamp": "2026-11-25T10:00:00.000Z",
        }
        return json.dumps(event).encode()

    def _tell(self, event_type: str, thing: Json, kind: str = "payment_details") -> None:
        body = self.make_event(event_type, thing, kind)
        self.events.append(Event(body, {"x-webhook-signature-512": sign(self._secret, body)}))

    def answer(self, call: Call) -> Json | list[Json]:
        if call.headers.get("api-key") != API_KEY:
            raise _refuse(401, "IR_01", "API key not provided or invalid")
        match [call.method, *call.path.strip("/").split("/")]:
            case ["POST" | "DELETE" as method, *path]:
                return self._change(method, path, call.form)
            case ["GET", "disputes", "list"]:
                return self._list_disputes(call.form)
            case ["GET", "payments" | "refunds" | "disputes" as kind, thing_id]:
                things = {"payments": self.payments, "refunds": self.refunds}
                return self._find(things.get(kind, self.disputes), thing_id)
            case _:
                raise _refuse(404, "IR_02", "Unrecognized request URL")

    def _change(self, method: str, path: list[str], form: Json) -> Json:
        match [method, *path]:
            case ["POST", "payments"]:
                return self._create_payment(form)
            case ["POST", "payments", payment_id, "cancel"]:
                return self._cancel(self._find(self.payments, payment_id), form)
            case ["POST", "refunds"]:
                return self._create_refund(form)
            case ["DELETE", "payment_methods", method_id]:
                self._find(self.methods, method_id)
                del self.methods[method_id]
                return {"payment_method_id": method_id, "deleted": True}
            case _:
                raise _refuse(404, "IR_02", "Unrecognized request URL")

    def _create_payment(self, form: Json) -> Json:
        payment_id = form["payment_id"]
        _ensure_known(form, _PAYMENT_FIELDS)
        if len(payment_id) > 30:
            raise _refuse(400, "IR_06", "payment_id has more than 30 characters")
        if form["confirm"]:
            # Before the name is looked at, as the real one does.
            self._ensure_chargeable(form)
        if payment_id in self.payments:
            raise _refuse(400, "HE_01", "The payment with the specified payment_id already exists")
        keeps_method = "customer_acceptance" in form and "customer_id" in form
        payment = {
            "payment_id": payment_id,
            "status": "requires_payment_method",
            "amount": form["amount"],
            "currency": form["currency"],
            "client_secret": f"{payment_id}_secret_{uuid4().hex[:12]}",
            "amount_received": None,
            "error_code": None,
            "error_message": None,
            "customer_id": form.get("customer_id"),
            "setup_future_usage": form.get("setup_future_usage") if keeps_method else None,
            "off_session": form.get("off_session"),
            "payment_method_id": None,
        }
        self.payments[payment_id] = payment
        if form["confirm"]:
            self._charge(payment, form["recurring_details"]["data"])
        return payment

    def _ensure_chargeable(self, form: Json) -> None:
        details = form["recurring_details"]
        if not form["off_session"] or details["type"] != "payment_method_id":
            raise _refuse(400, "IR_06", "only kept methods are charged here")
        method = self._find(self.methods, details["data"])
        if method["customer_id"] != form["customer_id"]:
            raise _refuse(400, "IR_16", "customer_id must match mandate customer_id")

    def _charge(self, payment: Json, method_id: str) -> None:
        charges = self._charges.get(method_id, [PAID])
        charge = charges.pop(0) if len(charges) > 1 else charges[0]
        payment["payment_method_id"] = method_id
        if charge.is_refused:
            payment["status"] = charge.status
            raise _refuse(400, charge.code or "", charge.message or "")
        payment["error_code"], payment["error_message"] = charge.code, charge.message
        if charge.status in {"succeeded", "failed"}:
            self._end(payment, charge.status)
        else:
            payment["status"] = charge.status

    def _cancel(self, payment: Json, form: Json) -> Json:
        if payment["status"] in {"succeeded", "failed", "cancelled"}:
            raise _refuse(400, "IR_16", f"Cannot cancel: it has status {payment['status']}")
        payment["status"] = "cancelled"
        payment["cancellation_reason"] = form.get("cancellation_reason")
        return payment

    def _create_refund(self, form: Json) -> Json:
        refund_id = form["refund_id"]
        payment = self._find(self.payments, form["payment_id"])
        if refund_id in self.refunds:
            raise _refuse(400, "HE_01", "Duplicate refund request")
        taken = sum(
            one["amount"]
            for one in self.refunds.values()
            if one["payment_id"] == payment["payment_id"] and one["status"] != "failed"
        )
        if payment["status"] != "succeeded" or taken + form["amount"] > payment["amount_received"]:
            raise _refuse(400, "IR_13", "Refund amount exceeds the payment amount")
        refund = {
            "refund_id": refund_id,
            "payment_id": payment["payment_id"],
            "status": self.refund_status,
            "amount": form["amount"],
            "currency": payment["currency"],
            "error_code": None,
            "error_message": None,
        }
        self.refunds[refund_id] = refund
        if refund["status"] != "pending":
            self._tell(f"refund_{refund['status']}", refund, "refund_details")
        return refund

    def _list_disputes(self, form: Json) -> list[Json]:
        _ensure_known(form, {"start_time", "limit", "offset", "profile_id"})
        since = datetime.fromisoformat(form["start_time"])
        began = [
            one
            for one in self.disputes.values()
            if datetime.fromisoformat(one["created_at"]) >= since
        ]
        offset, limit = int(form.get("offset", 0)), int(form["limit"])
        return began[offset : offset + limit]

    def _find(self, things: dict[str, Json], thing_id: str) -> Json:
        if thing_id not in things:
            raise _refuse(404, "HE_02", "It does not exist in our records")
        return things[thing_id]


def sign(secret: str, body: bytes) -> str:
    """Sign an event, as Hyperswitch does with the key of the merchant."""
    return hmac.new(secret.encode(), body, hashlib.sha512).hexdigest()


def _ensure_known(form: Json, fields: Iterable[str]) -> None:
    unknown = set(form) - set(fields)
    if unknown:
        raise _refuse(400, "IR_06", f"unknown field {unknown}")


def _refuse(status: int, code: str, message: str) -> Refusal:
    error: dict[str, Any] = {"type": "invalid_request", "code": code, "message": message}
    return Refusal(status, {"error": error})
