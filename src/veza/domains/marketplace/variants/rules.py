"""Clean variants, choose one for a cart, and copy it as it is sold."""

from collections.abc import Collection, Sequence

from msgspec import UNSET, UnsetType

from veza.core.errors import FieldError, FieldRule, Invalid
from veza.core.ids import ProductFileId, ProductId, VariantId, new_id
from veza.core.money import ensure_price
from veza.core.normalize import require_line
from veza.core.structs import copy_fields
from veza.domains.marketplace.products.models.products import StoredProduct
from veza.domains.marketplace.products.rules import has_contents
from veza.domains.marketplace.variants.errors import VariantNeeded, VariantNotFound
from veza.domains.marketplace.variants.models import (
    SoldVariant,
    StoredVariant,
    VariantForm,
    VariantKind,
)


def read_variants(
    forms: Sequence[VariantForm],
    product: StoredProduct,
    *,
    file_ids: Collection[ProductFileId],
    known: Collection[VariantId],
) -> list[StoredVariant]:
    """Return the variants of a product that has these files, and had these variants before.

    Raises VariantNotFound for an id that it did not have, and Invalid for a price too low, an empty
    title, a title or an exclusive variant that is there already, what includes nothing, and files
    of others.
    """
    ids = [form.id for form in forms if form.id is not None]
    if len(set(ids)) < len(ids) or not set(ids) <= set(known):
        raise VariantNotFound
    variants = [_read(form, product, file_ids) for form in forms]
    titles = [variant.title.casefold() for variant in variants]
    if len(set(titles)) < len(titles):
        raise _refuse("title", "Each variant needs a title of its own.", "repeated")
    if sum(variant.kind is VariantKind.EXCLUSIVE for variant in variants) > 1:
        raise _refuse("kind", "A product has one exclusive variant.", "repeated")
    return variants


def choose(
    variant_id: VariantId | None, product_id: ProductId, variants: Sequence[StoredVariant]
) -> StoredVariant | None:
    """Return the chosen variant of a product, of which `variants` are all; None if it has none.

    Raises VariantNeeded and VariantNotFound.
    """
    own = {each.id: each for each in variants if each.product_id == product_id}
    if variant_id is None:
        if own:
            raise VariantNeeded
        return None
    if variant_id not in own:
        raise VariantNotFound
    return own[variant_id]


def freeze(variant: StoredVariant, work: str) -> SoldVariant:
    """Return a variant of a product, the work, as a line of an order keeps it."""
    return copy_fields(SoldVariant, variant, work=work)


def cheapest(variants: Sequence[StoredVariant]) -> int | None:
    """Return the price of a product with these variants; None without any."""
    return min((variant.price_cents for variant in variants), default=None)


def _read(
    form: VariantForm, product: StoredProduct, file_ids: Collection[ProductFileId]
) -> StoredVariant:
    ensure_price(form.price_cents, "variants.price_cents")
    title = require_line(form.title, "variants.title", "A variant needs a title.")
    chosen = list(dict.fromkeys(form.file_ids))
    if not set(chosen) <= set(file_ids):
        raise _refuse("file_ids", "Choose files of this product.", "choice")
    if form.includes_contents and not has_contents(product):
        raise _refuse("includes_contents", "This product has no track and no release.", "choice")
    if not chosen and not form.includes_contents:
        raise _refuse("file_ids", "Choose what buyers of this variant get.", "too_few", 1)
    return StoredVariant(
        id=form.id or VariantId(new_id()),
        product_id=product.id,
        kind=form.kind,
        title=title,
        price_cents=form.price_cents,
        file_ids=chosen,
        includes_contents=form.includes_contents,
        terms=form.terms,
        credit_line=" ".join(form.credit_line.split()),
        clauses=form.clauses.strip(),
    )


def _refuse(field: str, sentence: str, rule: FieldRule, limit: int | UnsetType = UNSET) -> Invalid:
    return Invalid(details=[FieldError(f"variants.{field}", sentence, rule, limit)])
