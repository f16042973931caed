"""The pages of the web application for tests: an address of each route, and how to go there."""

import json
import re
from dataclasses import dataclass

from tests.architecture.source import ROOT
from tests.journeys.browser import Tab
from tests.journeys.served import Server, until
from tests.make import PASSWORD

ROUTES = ROOT / "web" / "src" / "routes.ts"

# The answers of the API as a page needs them: `answers` is "real", "empty" (no items in any list),
# "failed" (500), "missing" (404) or "waiting" (none). Who is signed in is always answered.
ANSWERS = """
window.answers = 'real';
window.unanswered = 0;
window.shifted = 0;
window.moved = [];
new PerformanceObserver(list => {
  for (const each of list.getEntries().filter(one => !one.hadRecentInput)) {
    window.shifted += each.value;
    window.moved.push(each.value.toFixed(2));
    for (const {node, previousRect, currentRect} of each.sources)
      window.moved.push(`${node?.className} from ${previousRect.y} to ${currentRect.y}`);
  }
}).observe({type: 'layout-shift', buffered: true});
const ask = window.fetch;
const refusal = (status, code, error) => Response.json(
  {success: false, error, code, request_id: 'r-1'}, {status});
const emptied = value => Array.isArray(value) ? [] : value && typeof value === 'object'
  ? Object.fromEntries(Object.entries(value).map(([name, each]) => [name, emptied(each)])) : value;
window.fetch = async (given, options) => {
  const url = new URL(given.url ?? given, location.href);
  if (!url.pathname.startsWith('/api/') || /csrf-token|auth|users.me$/.test(url.pathname))
    return ask(given, options);
  const answers = window.answers;
  if (answers === 'waiting') return new Promise(() => undefined);
  if (answers === 'failed') return refusal(500, 'internal_error', 'Something broke.');
  if (answers === 'missing') return refusal(404, 'not_found', 'It is not there.');
  window.unanswered += 1;
  try {
    const response = await ask(given, options);
    if (answers !== 'empty' || !response.headers.get('content-type')?.includes('json'))
      return response;
    const body = await response.json();
    const data = {...emptied(body.data), next_cursor: null};
    return Response.json({...body, data}, {status: response.status});
  } finally { window.unanswered -= 1; }
};
"""


@dataclass(frozen=True)
class Page:
    """A page: where it is, and how many requests of its own it sends at most.

    Covers are not counted, nor what the application asks for on each page of a member.
    """

    path: str
    requests: int = 4
    # Of these up to `times` may be sent: what a page and the live connection both begin with.
    repeated: tuple[str, ...] = ()
    times: int = 3


CONVERSATIONS = "/conversations?limit=50"
# What the application asks for on each page of a member.
PLAYLISTS = "/users/me/playlists?limit=8"
OF_MEMBERS = (
    *("/users/me", "/csrf-token", "/chat/token", CONVERSATIONS, "/notifications/unread"),
    PLAYLISTS,
)

# The API answers 404 for a track without lyrics, a member without an export, a member whose second
# factors are not lost, and the link of a mail that it didn't send.
MAY_BE_MISSING = (
    "/mail-subscriptions/unknown",
    "/lyrics",
    "/users/me/export",
    "/users/me/show-import",
    "/factor-recovery",
    "/nothing/here",
    "/site/pages/imprint",
)

# By route. The names in braces are those of things that `make_things` makes.
PAGES = {
    "/": Page("/", requests=5),
    "/tracks/:id": Page("/tracks/{track}", requests=8),
    "/artists/:username": Page("/artists/{artist}", requests=11),
    "/releases/:id": Page("/releases/{release}"),
    "/playlists/:id": Page("/playlists/{playlist}"),
    "/shows/:id": Page("/shows/{show}"),
    "/stations/:id": Page("/stations/{station}"),
    "/rooms/new": Page("/rooms/new"),
    "/rooms/:id": Page("/rooms/{room}", requests=6, repeated=("/listening?after=0", CONVERSATIONS)),
    "/shows/:id/episodes/:track": Page("/shows/{show}/episodes/{track}"),
    "/library": Page("/library"),
    "/library/likes": Page("/library/likes"),
    "/library/albums": Page("/library/albums"),
    "/library/artists": Page("/library/artists"),
    "/library/purchases": Page("/library/purchases"),
    "/library/history": Page("/library/history"),
    "/library/offline": Page("/library/offline"),
    "/sign-in": Page("/sign-in"),
    "/sign-up": Page("/sign-up"),
    "/forgot-password": Page("/forgot-password"),
    "/reset-password": Page("/reset-password"),
    "/verify-email": Page("/verify-email"),
    "/shared/:token": Page("/shared/{share}"),
    "/claim/:token": Page("/claim/{claim}"),
    # Of a mail that this server did not send.
    "/unsubscribe/:token": Page("/unsubscribe/unknown"),
    "/not-me": Page("/not-me"),
    "/setup": Page("/setup"),
    "/legal/copyright": Page("/legal/copyright"),
    "/legal/copyright/confirm": Page("/legal/copyright/confirm"),
    "/legal/copyright/counter": Page("/legal/copyright/counter"),
    "/legal/:page": Page("/legal/imprint"),
    "/mail/confirm": Page("/mail/confirm"),
    "/mail/unsubscribe": Page("/mail/unsubscribe"),
    "/transparency": Page("/transparency"),
    "/appeal": Page("/appeal"),
    "/appeal/:id": Page("{appeal}"),
    "/settings": Page("/settings"),
    "/settings/profile": Page("/settings/profile"),
    "/settings/profiles": Page("/settings/profiles"),
    "/settings/profiles/:id": Page("/settings/profiles/{page}"),
    "/settings/credits": Page("/settings/credits"),
    "/settings/security": Page("/settings/security"),
    "/settings/sessions": Page("/settings/sessions"),
    "/settings/players": Page("/settings/players"),
    "/settings/keys": Page("/settings/keys"),
    "/settings/notifications": Page("/settings/notifications"),
    "/settings/privacy": Page("/settings/privacy"),
    "/settings/memberships": Page("/settings/memberships"),
    "/settings/people": Page("/settings/people"),
    "/settings/invitations": Page("/settings/invitations"),
    "/settings/look": Page("/settings/look"),
    "/settings/delete": Page("/settings/delete"),
    "/products": Page("/products"),
    "/products/:id": Page("/products/{product}", requests=5),
    "/bundles/:id": Page("/bundles/{bundle}"),
    "/cart": Page("/cart"),
    "/checkout/:id": Page("/checkout/{order}"),
    "/orders": Page("/orders"),
    "/orders/:id": Page("/orders/{order}"),
    "/commissions": Page("/commissions"),
    "/commissions/:id": Page("/commissions/{commission}"),
    "/guest-orders": Page("/guest-orders"),
    "/guest-orders/:token": Page("/guest-orders/{guest}"),
    "/gift": Page("/gift"),
    "/gift/block": Page("/gift/block"),
    "/redeem": Page("/redeem"),
    "/explore": Page("/explore", requests=5),
    "/search": Page("/search?q=ferry"),
    "/genres": Page("/genres"),
    "/genres/:genre": Page("/genres/techno"),
    "/feed": Page("/feed"),
    "/posts/:id": Page("/posts/{post}"),
    "/tags/:tag": Page("/tags/ferry"),
    "/messages": Page("/messages", repeated=(CONVERSATIONS,)),
    "/messages/new": Page("/messages/new"),
    "/messages/:id": Page("/messages/{conversation}", requests=6, repeated=(CONVERSATIONS,)),
    "/notifications": Page("/notifications", repeated=("/notifications?limit=30",)),
    "/live": Page("/live"),
    "/live/:id": Page("/live/{stream}", requests=7),
    # The part of the clip is none, and is asked for once more.
    # Its sound is noise, which the player asks for again.
    "/clips/:id": Page("/clips/{clip}", repeated=("/hls/0.ts",), times=10),
    "/studio": Page("/studio"),
    "/studio/tracks/:id/lyrics": Page("/studio/tracks/{track}/lyrics"),
    "/studio/releases": Page("/studio/releases"),
    "/studio/releases/new": Page("/studio/releases/new"),
    "/studio/releases/:id": Page("/studio/releases/{release}", requests=9),
    "/studio/releases/label/:id": Page("/studio/releases/label/{label}"),
    "/studio/playlists": Page("/studio/playlists"),
    "/studio/playlists/:id": Page("/studio/playlists/{playlist}"),
    "/studio/stations": Page("/studio/stations"),
    "/studio/stations/:id": Page("/studio/stations/{station}"),
    "/studio/shows": Page("/studio/shows"),
    "/studio/shows/import": Page("/studio/shows/import"),
    "/studio/shows/:id": Page("/studio/shows/{show}"),
    "/studio/products": Page("/studio/products"),
    "/studio/products/new": Page("/studio/products/new"),
    "/studio/products/discounts": Page("/studio/products/discounts"),
    "/studio/products/bundles": Page("/studio/products/bundles"),
    "/studio/products/bundles/new": Page("/studio/products/bundles/new"),
    "/studio/products/bundles/:id": Page("/studio/products/bundles/{bundle}"),
    "/studio/products/:id": Page("/studio/products/{offer}", requests=5),
    "/studio/sales": Page("/studio/sales"),
    "/studio/sales/invoices": Page("/studio/sales/invoices"),
    "/studio/sales/tips": Page("/studio/sales/tips"),
    "/studio/sales/tiers": Page("/studio/sales/tiers"),
    "/studio/splits": Page("/studio/splits"),
    "/studio/splits/:kind/:id": Page("/studio/splits/products/{offer}"),
    "/studio/payouts": Page("/studio/payouts"),
    "/studio/payouts/statements": Page("/studio/payouts/statements"),
    "/studio/mail": Page("/studio/mail"),
    "/studio/mail/:id": Page("/studio/mail/new"),
    "/studio/statistics": Page("/studio/statistics"),
    "/studio/live": Page("/studio/live", requests=6),
    "/studio/live/recordings": Page("/studio/live/recordings"),
    "/studio/files": Page("/studio/files"),
    "/studio/files/shares": Page("/studio/files/shares"),
    "/studio/gear": Page("/studio/gear"),
    "/studio/gear/:id": Page("/studio/gear/{gear}"),
    "/console": Page("/console?report={report}"),
    "/console/members": Page("/console/members"),
    "/console/members/:id": Page("/console/members/{member}"),
    "/console/site": Page("/console/site"),
    "/console/appeals": Page("/console/appeals"),
    "/console/takedowns": Page("/console/takedowns"),
    "/console/copyright": Page("/console/copyright"),
    "/console/copyright/:id": Page("/console/copyright/{notice}"),
    "/console/history/:id": Page("/console/history/{member}"),
    "/console/sign-ups": Page("/console/sign-ups"),
    "/console/invitations": Page("/console/invitations"),
    "/console/invitations/:id": Page("/console/invitations/{member}"),
    "/console/mail-domains": Page("/console/mail-domains"),
    "/console/erasures": Page("/console/erasures"),
    "/console/filters": Page("/console/filters"),
    "/console/bulk": Page("/console/bulk"),
    "/console/announcements": Page("/console/announcements"),
    "/console/flags": Page("/console/flags"),
    "/console/maintenance": Page("/console/maintenance"),
    "/console/orders": Page("/console/orders"),
    "/console/commissions": Page("/console/commissions"),
    "/console/refunds": Page("/console/refunds"),
    "/console/transfers": Page("/console/transfers"),
    "/console/events": Page("/console/events"),
    "/console/tax-rates": Page("/console/tax-rates"),
    "/console/ledger": Page("/console/ledger"),
    "/console/health": Page("/console/health"),
    "/console/storage": Page("/console/storage"),
    "/console/backups": Page("/console/backups"),
    "/console/failed-tracks": Page("/console/failed-tracks"),
    "/console/held-mails": Page("/console/held-mails"),
    "/console/jobs": Page("/console/jobs"),
    "/console/audit": Page("/console/audit"),
    "/console/settings": Page("/console/settings"),
    "no route": Page("/nothing/here", requests=0),
}

_IS_OPEN = (
    "document.querySelector('main')?.getAttribute('aria-busy') === 'false'"
    " && !!document.querySelector('main > *')"
)
_IS_LOADED = "!document.querySelector('main [aria-busy=true]')"
# Quiet: the page has loaded, and what it shows is drawn.
_IS_QUIET = (
    f"{_IS_OPEN} && !window.unanswered && !document.querySelector('.skeleton.waits')"
    f" && (answers === 'waiting' || {_IS_LOADED})"
)


def list_routes() -> list[str]:
    """Return the routes of the application, as `routes.ts` lists them, but for developers' ones."""
    of_all, _, _ = ROUTES.read_text().partition("import.meta.env.DEV")
    return re.findall(r"path: '([^']*)'", of_all)


# What a page is doing that does not become what a test waits for.
_STATE = """({place: location.href, unanswered: window.unanswered,
  focus: document.activeElement?.outerHTML.slice(0, 200),
  busy: [...document.querySelectorAll('[aria-busy=true], .skeleton.waits')]
    .map(each => each.outerHTML.slice(0, 200)),
  text: document.querySelector('main')?.innerText})"""


def wait_for(tab: Tab, expression: str, frame: str | None = None) -> None:
    """Wait until an expression holds in the page, or in a frame of this origin."""
    until(
        lambda: tab.ask(expression, frame),
        90,
        lambda: (
            f"{expression}: {tab.complaints},"
            f" not answered: {list(tab.unfinished.values())}, {tab.ask(_STATE)}"
        ),
    )


def unexpected(tab: Tab) -> list[str]:
    """Return what the console shows, besides the 404 of what need not exist."""
    return [each for each in tab.complaints if not each.endswith(MAY_BE_MISSING)]


def wait_until_loaded(tab: Tab) -> None:
    """Wait until nothing on the page is being loaded, so that nothing is replaced any more."""
    wait_for(tab, f"{_IS_OPEN} && {_IS_LOADED}")


def watch(tab: Tab, expression: str) -> None:
    """Wait until an expression holds in a page that is loaded: it looks itself, at each frame.

    That takes a frame, where asking again and again takes 50 ms. After 300 frames it is asked.
    """
    tab.ask(
        "new Promise(over => { let left = 300;"
        f" const look = () => ({expression}) || left-- === 0 ? over()"
        " : requestAnimationFrame(look); look(); })"
    )
    wait_for(tab, expression)


def wait_until_quiet(tab: Tab) -> None:
    """Wait until the page shows what it has loaded."""
    wait_for(tab, f"!!window.answers && {_IS_QUIET}")
    wait_until_drawn(tab)


def wait_until_drawn(tab: Tab) -> None:
    """Wait until what has changed is drawn."""
    tab.ask("new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)))")


def go(tab: Tab, path: str, answers: str = "real") -> None:
    """Go to a page as a link does, without loading the application again."""
    tab.ask(f"window.answers = {json.dumps(answers)}")
    follow_link(tab, path)
    watch(tab, _IS_QUIET)
    wait_until_drawn(tab)


def follow_link(tab: Tab, path: str) -> None:
    """Follow a link to a page, and do not wait for its data."""
    tab.ask(
        "(link => { document.body.append(link); link.click(); link.remove(); })"
        f"(Object.assign(document.createElement('a'), {{href: {json.dumps(path)}}}))"
    )
    # Settings lead on to their first page where there is room beside the list.
    place = json.dumps(path.partition("#")[0])
    watch(tab, f"(location.pathname + location.search).startsWith({place}) && {_IS_OPEN}")


def wait_until_still(tab: Tab) -> None:
    """Wait until no transition runs. Colours that are changing have no contrast to judge."""
    wait_for(tab, "!document.getAnimations().some(each => each instanceof CSSTransition)")


def open_page(tab: Tab, url: str) -> None:
    """Load the application at an address."""
    tab.open(url)
    wait_until_quiet(tab)


def sign_in(tab: Tab, server: Server, email: str, password: str = PASSWORD) -> None:
    """Sign in by the form of the page."""
    open_page(tab, f"{server.url}/sign-in")
    for field, value in (("email", email), ("password", password)):
        tab.ask(
            f"(field => {{ field.value = {json.dumps(value)};"
            " field.dispatchEvent(new Event('input', {bubbles: true})); })"
            f"(document.querySelector('form [name={field}]'))"
        )
    tab.ask("document.querySelector('form [type=submit]').click()")
    wait_for(tab, "location.pathname === '/'")
    wait_until_quiet(tab)
