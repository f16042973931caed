"""A Hyperswitch of our own: payments and refunds by ids of ours, disputes, and signed webhooks."""

import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from tests.fakes.company import Call, Company, Event, Json, Refusal

API_KEY = "snd_of_a_test"
SECRET = "a secret that both sides know"


class FakeHyperswitch(Company):
    """Its books are `payments`, `refunds` and `disputes`; what becomes of them, tests say.

    All of that it tells by events that are signed with `secret`, as soon as they are delivered.
    """

    def __init__(self, secret: str = SECRET) -> None:
        super().__init__()
        self._secret = secret
        self.payments: dict[str, Json] = {}
        self.refunds: dict[str, Json] = {}
        self.disputes: dict[str, Json] = {}
        self.refund_status = "succeeded"

    def pay(self, payment_id: str, status: str = "succeeded", received: int | None = None) -> None:
        """Have a buyer confirm: the bank says yes, or no."""
        with self.lock:
            payment = self.payments[payment_id]
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
            case ["POST", "payments"]:
                return self._create_payment(call.form)
            case ["GET", "payments", payment_id]:
                return self._find(self.payments, payment_id)
            case ["POST", "payments", payment_id, "cancel"]:
                return self._cancel(self._find(self.payments, payment_id))
            case ["POST", "refunds"]:
                return self._create_refund(call.form)
            case ["GET", "disputes", "list"]:
                return self._list_disputes(call.form)
            case ["GET", "refunds" | "disputes" as kind, thing_id]:
                return self._find(self.refunds if kind == "refunds" else self.disputes, thing_id)
            case _:
                raise _refuse(404, "IR_02", "Unrecognized request URL")

    def _create_payment(self, form: Json) -> Json:
        payment_id = form["payment_id"]
        if len(payment_id) > 30:
            raise _refuse(400, "IR_06", "payment_id has more than 30 characters")
        if payment_id in self.payments:
            raise _refuse(400, "HE_01", "The payment with the specified payment_id already exists")
        payment = {
            "payment_id": payment_id,
            "status": "requires_payment_method",
            "amount": form["amount"],
            "currency": form["currency"],
            "client_secret": f"{payment_id}_secret_{uuid4().hex[:12]}",
            "amount_received": None,
            "error_code": None,
            "error_message": None,
        }
        self.payments[payment_id] = payment
        return payment

    def _cancel(self, payment: Json) -> Json:
        if payment["status"] in {"succeeded", "failed", "cancelled"}:
            raise _refuse(400, "IR_16", f"Cannot cancel: it has status {payment['status']}")
        payment["status"] = "cancelled"
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
        unknown = set(form) - {"start_time", "limit", "offset", "profile_id"}
        if unknown:
            raise _refuse(400, "IR_06", f"unknown field {unknown}")
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


def _refuse(status: int, code: str, message: str) -> Refusal:
    error: dict[str, Any] = {"type": "invalid_request", "code": code, "message": message}
    return Refusal(status, {"error": error})
