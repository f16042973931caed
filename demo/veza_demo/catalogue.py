"""The products, purchases and reviews of the demonstration."""

from msgspec import Struct

from veza.domains.marketplace.orders.models.checkout import BillingDetails
from veza.domains.marketplace.products.models.forms import ProductType

_PERSONAL = "For your own ears, as often as you like."
_FREE_TO_USE = "Use it in your own music, sold or not. Don't sell it as it is."


class DemoSeller(Struct, frozen=True):
    """The details of a seller for invoices, and whether their payout account is connected."""

    username: str
    legal_name: str
    address: str
    country: str
    vat_rate: float | None = None
    is_connected: bool = True


class DemoProduct(Struct, frozen=True):
    """A product. Its files are pieces (by slug), a drum kit or a text.

    A service has none, and neither has a release (by its title): its tracks are what is sold.
    """

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
    release: str | None = None


class DemoPurchase(Struct, frozen=True):
    """An order of products, by their slugs."""

    username: str
    products: tuple[str, ...]
    billing: BillingDetails | None = None


class DemoReview(Struct, frozen=True):
    """A buyer's review of a product, by its slug, and the seller's answer."""

    username: str
    product: str
    rating: int
    comment: str
    answer: str | None = None


SELLERS: tuple[DemoSeller, ...] = (
    DemoSeller("mira_solene", "Mira Solène", "4 rue du Phare, 29780 Plouhinec", "FR", 0.2),
    DemoSeller("tobias_rauch", "Tobias Rauch", "Halle 7, 04229 Leipzig", "DE", 0.19),
    DemoSeller("nokori", "Nokori", "3-14 Sakaemachi, Aomori", "JP"),
    DemoSeller("kwame_ade", "K. Ade", "12 Harbour Street, Bristol", "GB"),
    DemoSeller(
        "ines_vidal", "Inés Vidal", "Cuesta de la Cancela 9, Granada", "ES", is_connected=False
    ),
)

PRODUCTS: tuple[DemoProduct, ...] = (
    DemoProduct(
        "two-shores",
        "mira_solene",
        "Two Shores",
        ProductType.ALBUM,
        700,
        "The tide and the rain, whole and without loss. The second piece is nowhere else.",
        15.8,
        pieces=("low-tide", "boathouse-rain"),
    ),
    DemoProduct(
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
    DemoProduct(
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
    DemoProduct(
        "winding-waltz",
        "ines_vidal",
        "Vals para una caja de música",
        ProductType.TRACK,
        200,
        "El archivo entero, con el último compás que el muelle no llega a tocar.",
        8.7,
        pieces=("winding-waltz",),
    ),
    DemoProduct(
        "save-game",
        "nokori",
        "Save Game",
        ProductType.ALBUM,
        700,
        "Both tracks, in the format that you choose. Its three authors share what it earns.",
        6.5,
        release="Save Game",
    ),
    DemoProduct(
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
    DemoProduct(
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

PURCHASES: tuple[DemoPurchase, ...] = (
    DemoPurchase(
        "samir_b", ("two-shores", "winding-waltz"), BillingDetails("Samir B.", country="BE")
    ),
    DemoPurchase(
        "lucie_marchand",
        ("winding-waltz", "hall-seven"),
        BillingDetails("Lucie Marchand", "18 rue des Écoles, 35000 Rennes", "FR"),
    ),
    DemoPurchase(
        "oona_kallio", ("two-shores",), BillingDetails("Oona Kallio", "Aurakatu 3, Turku", "FI")
    ),
    DemoPurchase(
        "tobias_rauch", ("desk-and-spring",), BillingDetails("Tobias Rauch", country="DE")
    ),
    DemoPurchase("nokori", ("hall-seven",)),
    DemoPurchase("lucie_marchand", ("save-game",)),
    DemoPurchase("kwame_ade", ("four-voices",)),
    DemoPurchase("ines_vidal", ("four-voices",)),
)

REVIEWS: tuple[DemoReview, ...] = (
    DemoReview(
        "samir_b",
        "two-shores",
        5,
        "Bought for the rain, stayed for the tide. The bus is too short for both.",
        "Then walk. Thank you, Samir.",
    ),
    DemoReview(
        "oona_kallio", "two-shores", 4, "Beautiful, and five minutes long where ten would do."
    ),
    DemoReview("lucie_marchand", "winding-waltz", 5, "Le ressort s'arrête, et moi aussi."),
    DemoReview("nokori", "hall-seven", 5, "The kick alone is worth the coffee that it costs."),
    DemoReview(
        "tobias_rauch",
        "desk-and-spring",
        4,
        "Trocken, ehrlich, laut genug. A second rim would have been nice.",
        "There is one rim in this town. I'll look for another.",
    ),
)
