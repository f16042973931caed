"""What members of the demonstration sell, buy from each other, and say of it.

It is bought by the checkout and paid in the sandbox, as anybody would: where another company takes
buyers' money, the shop is open and nobody buys.
"""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from pathlib import Path

import numpy as np
from msgspec import Struct
from numpy.random import default_rng

from veza.app.payment_providers import make_sandbox
from veza.app.services import Services
from veza.app.worker import run_until_empty
from veza.core.access import Member
from veza.core.clock import now
from veza.core.ids import OrderId, ProductId, TrackId, new_id
from veza.core.signed_urls import UrlBuilder, UrlSigner
from veza.domains.marketplace.orders.models import Billing
from veza.domains.marketplace.products import service as products
from veza.domains.marketplace.products.models import (
    FileForm,
    ProductChange,
    ProductForm,
    ProductType,
    Status,
)
from veza.domains.marketplace.purchases import service as purchases
from veza.domains.marketplace.purchases.models import ItemForm, OrderForm
from veza.domains.marketplace.reviews import service as reviews
from veza.domains.marketplace.reviews.models import AnswerForm, ReviewForm, ReviewPlace
from veza.domains.marketplace.sandbox import service as sandboxes
from veza.domains.marketplace.sandbox.models import PaymentOutcome
from veza.domains.marketplace.sandbox.service import Sandbox
from veza.domains.marketplace.sellers import service as sellers
from veza.domains.marketplace.sellers.models import ProfileChange
from veza.domains.music.audio import rules as audio
from veza.domains.platform.uploads.models import PreparedForm
from veza_demo.instruments import hat, kick, rim, snare, tom
from veza_demo.pieces import PIECES, write_wav

type Members = Mapping[str, Member]

_ADDRESS = "http://localhost:8080/api/v1"
# Nobody looks at the answers.
_LINKS = UrlBuilder(_ADDRESS, UrlSigner(b"", ""), 0)
_PERSONAL = "For your own ears, as often as you like."
_FREE_TO_USE = "Use it in your own music, sold or not. Don't sell it as it is."


class Seller(Struct, frozen=True):
    """Who somebody is on invoices, and whether the company that pays sellers knows them."""

    username: str
    legal_name: str
    address: str
    country: str
    vat_rate: float | None = None
    is_connected: bool = True


class Ware(Struct, frozen=True):
    """What somebody sells: pieces by their slugs, a kit of drums, a text, or their time."""

    slug: str
    seller: str
    title: str
    type: ProductType
    price_cents: int
    description: str
    published_days_ago: float
    licence: str = _PERSONAL
    currency: str = "EUR"
    pieces: tuple[str, ...] = ()
    has_kit: bool = False
    text: str | None = None


class Purchase(Struct, frozen=True):
    """What somebody buys at once, by the slugs of wares."""

    username: str
    wares: tuple[str, ...]
    billing: Billing | None = None


class Verdict(Struct, frozen=True):
    """What somebody says of what they bought, and what the seller answers."""

    username: str
    ware: str
    rating: int
    comment: str
    answer: str | None = None


SELLERS: tuple[Seller, ...] = (
    Seller("mira_solene", "Mira Solène", "4 rue du Phare, 29780 Plouhinec", "FR", 0.2),
    Seller("tobias_rauch", "Tobias Rauch", "Halle 7, 04229 Leipzig", "DE", 0.19),
    Seller("kwame_ade", "K. Ade", "12 Harbour Street, Bristol", "GB"),
    Seller("ines_vidal", "Inés Vidal", "Cuesta de la Cancela 9, Granada", "ES", is_connected=False),
)

WARES: tuple[Ware, ...] = (
    Ware(
        "two-shores",
        "mira_solene",
        "Two Shores",
        ProductType.ALBUM,
        700,
        "The tide and the rain, whole and without loss. The second piece is nowhere else.",
        15.8,
        pieces=("low-tide", "boathouse-rain"),
    ),
    Ware(
        "hall-seven",
        "tobias_rauch",
        "Halle 7",
        ProductType.TRACK,
        150,
        "For DJs: the file as it left the desk.",
        30.1,
        licence="Play it out, loud. Edits are welcome, reuploads aren't.",
        pieces=("hall-seven",),
    ),
    Ware(
        "desk-and-spring",
        "kwame_ade",
        "One Desk, One Spring: drums",
        ProductType.SAMPLE_PACK,
        900,
        "Five drums of the harbour version, dry, a stroke each. The echo is yours to play.",
        11.2,
        licence=_FREE_TO_USE,
        currency="GBP",
        has_kit=True,
    ),
    Ware(
        "winding-waltz",
        "ines_vidal",
        "Vals para una caja de música",
        ProductType.TRACK,
        200,
        "El archivo entero, con el último compás que el muelle no llega a tocar.",
        8.7,
        pieces=("winding-waltz",),
    ),
    Ware(
        "four-voices",
        "nokori",
        "Four Voices: settings",
        ProductType.PRESET,
        0,
        "The two pulses, the triangle and the noise of Cartridge Weather, as numbers. Free.",
        5.5,
        licence=_FREE_TO_USE,
        text="pulse 1: duty 12.5 %, decay 240 ms\npulse 2: duty 50 %, vibrato 6 Hz\n"
        "triangle: as it is\nnoise: 15 bits, decay 60 ms\n",
    ),
    Ware(
        "choir-hour",
        "hanne_lie",
        "An hour with your choir piece",
        ProductType.SERVICE,
        4500,
        "Send me your score; I sing through all the voices and write what I would change.",
        2.4,
        licence="What comes of it is yours.",
    ),
)

PURCHASES: tuple[Purchase, ...] = (
    Purchase("samir_b", ("two-shores", "winding-waltz"), Billing("Samir B.", country="BE")),
    Purchase(
        "lucie_marchand",
        ("winding-waltz", "hall-seven"),
        Billing("Lucie Marchand", "18 rue des Écoles, 35000 Rennes", "FR"),
    ),
    Purchase("oona_kallio", ("two-shores",), Billing("Oona Kallio", "Aurakatu 3, Turku", "FI")),
    Purchase("tobias_rauch", ("desk-and-spring",), Billing("Tobias Rauch", country="DE")),
    Purchase("nokori", ("hall-seven",)),
    Purchase("kwame_ade", ("four-voices",)),
    Purchase("ines_vidal", ("four-voices",)),
)

VERDICTS: tuple[Verdict, ...] = (
    Verdict(
        "samir_b",
        "two-shores",
        5,
        "Bought for the rain, stayed for the tide. The bus is too short for both.",
        "Then walk. Thank you, Samir.",
    ),
    Verdict("oona_kallio", "two-shores", 4, "Beautiful, and five minutes long where ten would do."),
    Verdict("lucie_marchand", "winding-waltz", 5, "Le ressort s'arrête, et moi aussi."),
    Verdict("nokori", "hall-seven", 5, "The kick alone is worth the coffee that it costs."),
    Verdict(
        "tobias_rauch",
        "desk-and-spring",
        4,
        "Trocken, ehrlich, laut genug. A second rim would have been nice.",
        "There is one rim in this town. I'll look for another.",
    ),
)


async def fill_shop(
    services: Services, members: Members, uploaded: Mapping[str, TrackId]
) -> dict[str, ProductId]:
    """Open the shop, and have members buy, pay and say how it is; give the products by slug."""
    sandbox = make_sandbox(services.database, services.companies, services.webhook_doors)
    for seller in SELLERS:
        await _introduce(services, sandbox, members[seller.username], seller)
    shelf = {ware.slug: await _offer(services, members, uploaded, ware) for ware in WARES}
    if sandbox.payments is None:
        return shelf
    for purchase in PURCHASES:
        await _buy(services, sandbox, members[purchase.username], purchase, shelf=shelf)
    # The company's word of the payments is heard; what follows is done by whoever is next.
    await run_until_empty(services)
    for verdict in VERDICTS:
        await _judge(services, members, shelf[verdict.ware], verdict)
    return shelf


async def _introduce(services: Services, sandbox: Sandbox, member: Member, seller: Seller) -> None:
    """Have a seller say who they are: to us, and to the company that pays them."""
    change = ProfileChange(
        legal_name=seller.legal_name,
        address=seller.address,
        country=seller.country,
        vat_rate=seller.vat_rate,
    )
    async with services.database.transaction() as tx:
        await sellers.update_profile(tx, member, change)
    if not seller.is_connected or sandbox.payouts is None:
        return
    begun = await sellers.onboard(
        services.database, services.payouts, member.id, return_url=_ADDRESS
    )
    token = begun.onboarding_url.rpartition("/")[2]
    await sandboxes.connect(sandbox, services.database, token)


async def _offer(
    services: Services, members: Members, uploaded: Mapping[str, TrackId], ware: Ware
) -> ProductId:
    database, seller = services.database, members[ware.seller]
    form = ProductForm(
        title=ware.title,
        type=ware.type,
        price_cents=ware.price_cents,
        currency=ware.currency,
        description=ware.description,
        licence=ware.licence,
        track_id=uploaded[ware.pieces[0]] if ware.pieces else None,
    )
    async with database.transaction() as tx:
        product_id = (await products.create_product(tx, seller, form, _LINKS)).id
    with tempfile.TemporaryDirectory(dir=services.audio_storage.folder) as folder:
        for name, chunks in await _list_files(services, uploaded, ware, Path(folder)):
            form = PreparedForm(FileForm(), name, chunks)
            max_bytes = services.stockroom.max_file_bytes
            await products.upload_file(
                services.uploads, seller, product_id, form=form, max_bytes=max_bytes
            )
    async with database.transaction() as tx:
        change = ProductChange(status=Status.PUBLISHED)
        await products.update_product(tx, product_id, seller, change=change, urls=_LINKS)
        sql = "update products set created_at = $2, published_at = $2 where id = $1"
        await tx.run(sql, product_id, now() - timedelta(days=ware.published_days_ago))
    return product_id


async def _list_files(
    services: Services, uploaded: Mapping[str, TrackId], ware: Ware, folder: Path
) -> list[tuple[str, AsyncIterator[bytes]]]:
    """Give what buyers of a ware get, by the names of the files."""
    pieces = {piece.slug: piece for piece in PIECES}
    files = [
        (
            f"{pieces[slug].title}.{pieces[slug].file_format}",
            services.storage.read(audio.original_key(uploaded[slug])),
        )
        for slug in ware.pieces
    ]
    if ware.has_kit:
        names = await asyncio.to_thread(_write_kit, folder)
        files += [(name, _once((folder / name).read_bytes())) for name in names]
    if ware.text is not None:
        files.append((f"{ware.title}.txt", _once(ware.text.encode())))
    return files


def _write_kit(folder: Path) -> list[str]:
    """Strike each drum once, and leave it as a WAV file in the folder; tell the names."""
    rng = default_rng(7)
    strokes = {
        "kick.wav": kick(50, 0.36, punch=2),
        "snare.wav": snare(rng, 0.3),
        "rim.wav": rim(),
        "hat.wav": hat(rng, 0.08),
        "tom.wav": tom(110),
    }
    for name, stroke in strokes.items():
        write_wav(folder / name, stroke[np.newaxis])
    return list(strokes)


async def _once(content: bytes) -> AsyncIterator[bytes]:
    yield content


async def _buy(
    services: Services,
    sandbox: Sandbox,
    buyer: Member,
    purchase: Purchase,
    *,
    shelf: Mapping[str, ProductId],
) -> None:
    """Check out, and confirm the payment; what is free needs none."""
    items = [ItemForm(shelf[slug]) for slug in purchase.wares]
    order = await purchases.check_out(
        services.database,
        services.till,
        buyer,
        order_id=OrderId(new_id()),
        form=OrderForm(items, purchase.billing),
    )
    if order.payment is not None:
        await sandboxes.confirm_payment(
            sandbox,
            services.database,
            buyer,
            order.payment.payment_id,
            PaymentOutcome.SUCCEEDED,
        )


async def _judge(
    services: Services, members: Members, product_id: ProductId, verdict: Verdict
) -> None:
    form = ReviewForm(verdict.rating, verdict.comment)
    async with services.database.transaction() as tx:
        made = await reviews.review(tx, product_id, members[verdict.username], form)
    if verdict.answer is None:
        return
    [seller] = [members[ware.seller] for ware in WARES if ware.slug == verdict.ware]
    async with services.database.transaction() as tx:
        place = ReviewPlace(product_id, made.id)
        await reviews.answer(tx, place, seller, AnswerForm(verdict.answer))
