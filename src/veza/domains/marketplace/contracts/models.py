"""Lines that are licences, and the contracts that are made of them."""

from datetime import datetime

from msgspec import Struct

from veza.core.ids import OrderId, OrderItemId, SubjectId, UserId
from veza.core.languages import Language
from veza.domains.marketplace.invoices.models import InvoiceParty, PrintedParty
from veza.domains.marketplace.orders.models.checkout import BillingDetails
from veza.domains.marketplace.variants.models import SoldVariant


class LicenceSale(Struct, frozen=True):
    """A line by which a variant was sold, with what its contract needs.

    `buyer_name` is that of the account, or what the giver of a gift called its recipient.
    """

    item_id: OrderItemId
    order_id: OrderId
    title: str
    variant: SoldVariant
    file_names: list[str]
    seller_id: UserId | None
    seller_name: str | None
    seller_subject: SubjectId
    buyer_id: UserId | None
    buyer_name: str | None
    buyer_subject: SubjectId
    billing: BillingDetails | None
    price_cents: int
    currency: str
    is_received: bool
    paid_at: datetime
    language: Language


class ContractContent(Struct, frozen=True):
    """The content of a contract, unchanged since it was issued; a gift has no price."""

    seller: InvoiceParty
    buyer: InvoiceParty
    work: str
    variant: SoldVariant
    file_names: list[str]
    price_cents: int
    currency: str
    is_received: bool
    sold_at: datetime


class LicenceContract(Struct, frozen=True):
    """The contract of a line."""

    item_id: OrderItemId
    order_id: OrderId
    seller_subject: SubjectId
    buyer_subject: SubjectId
    language: Language
    issued_at: datetime
    data: ContractContent


class PrintedContract(Struct, frozen=True):
    """The texts of a contract, as `contract.typ` places them. Pairs are a label and its value."""

    language: Language
    title: str
    subtitle: str
    seller_label: str
    seller: PrintedParty
    buyer_label: str
    buyer: PrintedParty
    facts: list[tuple[str, str]]
    opening: list[str]
    terms_label: str
    terms: list[tuple[str, str]]
    closing: list[str]
    clauses_label: str
    clauses: list[str]
    note: str
