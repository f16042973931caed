"""The identity of a site: its name, and colours that are adjusted until they are readable."""

from collections.abc import Sequence

from msgspec import Struct

from veza.core.oklab import Rgb, to_linear, to_oklab, to_srgb
from veza.core.visibility import AiChoice, ExplicitChoice

DEFAULT_NAME = "Veza"
DEFAULT_DESCRIPTION = "Music by its makers: listen, talk with them, buy from them."
# The largest picture of the application, a PNG of 512 by 512 pixels: `http.web_app.install`.
ICON_PATH = "/icons/icon-512.png"
# A hexadecimal colour of sRGB, in small letters.
HEX_COLOR = r"^#[0-9a-f]{6}$(?!\n)"

# The lightest and the darkest surfaces that controls are on, by day and by night: `--paper`,
# `--sunken`, `--surface` and `--raised` of `web/src/styles/tokens.css`.
_DAY = ((0xEE, 0xEE, 0xEA), (0xFF, 0xFF, 0xFF))
_NIGHT = ((0x0C, 0x0D, 0x0B), (0x24, 0x26, 0x23))
_WHITE = (255, 255, 255)
_BLACK = (0, 0, 0)
# WCAG 2.2, 1.4.11 and 1.4.3: what a control needs to be seen, and the text on it to be read. Where
# white has less, black has more.
_CONTROL_CONTRAST = 3.0
_TEXT_CONTRAST = 4.5
_STEP = 0.01


class SiteColors(Struct, frozen=True):
    """The colours of main controls and of the text on them, by day and by night."""

    light: str
    on_light: str
    dark: str
    on_dark: str


class SiteIdentity(Struct, frozen=True):
    """The name, colours and pages of the site, for web pages, mails and feeds.

    `pages` names those of its legal pages that have a text. `explicit` and `ai` are what visitors
    hear.
    """

    name: str = DEFAULT_NAME
    description: str = DEFAULT_DESCRIPTION
    colors: SiteColors | None = None
    logo_url: str | None = None
    pages: Sequence[str] = ()
    explicit: ExplicitChoice = ExplicitChoice.MARK
    ai: AiChoice = AiChoice.SHOW


def fit_colors(accent: str) -> SiteColors:
    """Return the colours nearest to an accent that are readable.

    It is kept where it stands out from all surfaces; else only its lightness changes, in OKLab.
    """
    day = _darken(_read(accent))
    night = _lighten(_read(accent))
    return SiteColors(_write(day), _write(_text_on(day)), _write(night), _write(_text_on(night)))


def contrast(first: Rgb, second: Rgb) -> float:
    """Return the contrast of two colours, as WCAG defines it: from 1 to 21."""
    low, high = sorted((_luminance(first), _luminance(second)))
    return (high + 0.05) / (low + 0.05)


def _darken(color: Rgb) -> Rgb:
    lightness, a, b = to_oklab(*color)
    while min(contrast(color, surface) for surface in _DAY) < _CONTROL_CONTRAST:
        lightness -= _STEP
        color = to_srgb(lightness, a, b)
    return color


def _lighten(color: Rgb) -> Rgb:
    lightness, a, b = to_oklab(*color)
    while min(contrast(color, surface) for surface in _NIGHT) < _CONTROL_CONTRAST:
        lightness += _STEP
        color = to_srgb(lightness, a, b)
    return color


def _text_on(color: Rgb) -> Rgb:
    return _WHITE if contrast(color, _WHITE) >= _TEXT_CONTRAST else _BLACK


def _luminance(color: Rgb) -> float:
    red, green, blue = (to_linear(value / 255) for value in color)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _read(text: str) -> Rgb:
    red, green, blue = bytes.fromhex(text[1:])
    return red, green, blue


def _write(color: Rgb) -> str:
    return "#" + bytes(color).hex()
