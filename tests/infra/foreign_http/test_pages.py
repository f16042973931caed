"""Pages of strangers are read from public hosts only, and never without end."""

import pytest

from tests.fakes.web_site import HOST, SitePage, open_site, resolve_to_this_machine
from veza.infra.foreign_http.fetched_page import NoPage, PageAway
from veza.infra.foreign_http.fetching import MAX_PAGE_BYTES, MAX_REDIRECTS
from veza.infra.foreign_http.pages import WebPages

OWN = '<a rel="me" href="https://music.example/@ann">Veza</a>'
FOUND = ["https://music.example/@ann"]

site_of_module = pytest.fixture(scope="module")(open_site)


@pytest.fixture
def site(site_of_module):
    site_of_module.clear()
    return site_of_module


@pytest.fixture
def read(site):
    async def read_page(path="/", *, timeout_s=60.0, trusted=None, url=None):
        trusts = {site.origin} if trusted is None else trusted
        pages = WebPages(trusts, site.tls, timeout_s)
        return await pages.list_own_addresses(url or f"{site.origin}{path}")

    return read_page


async def test_the_links_of_a_page_and_of_its_headers_are_read(site, read):
    link = '<https://music.example/@ann>; rel="me", <https://other.example/>; rel=next'
    site.pages["/"] = SitePage(OWN, headers={"Link": link})
    assert await read() == FOUND * 2
    # A host without a trusted origin is called on the port of HTTPS alone.
    with pytest.raises(NoPage):
        await read(trusted=())
    assert site.asked == ["/"]


@pytest.mark.parametrize(
    "page",
    [
        SitePage(OWN, status=404),
        SitePage(OWN, status=410),
        SitePage(OWN, content_type="application/json"),
        SitePage(OWN, content_type="image/svg+xml"),
        SitePage(OWN, headers={"Content-Encoding": "gzip"}),
        SitePage(OWN, status=302, headers={"Location": "https://127.0.0.1/"}),
        SitePage(OWN, status=302, headers={"Location": "https://[::1]/"}),
        SitePage(OWN, status=302, headers={"Location": "https://[x/"}),
        SitePage(OWN, status=302, headers={"Location": f"http://{HOST}/"}),
        SitePage(OWN, status=302, headers={"Location": f"https://{HOST}:1/"}),
        SitePage(OWN, status=301, headers={"Location": "https://elsewhere.example/"}),
        SitePage(OWN, status=308, headers={"Location": "//localhost/"}),
        SitePage(OWN, status=302, headers={"Location": "file:///etc/passwd"}),
        SitePage(OWN, status=302, headers={"Location": "/"}),
    ],
)
async def test_what_is_no_page_of_that_host_is_none(site, read, page):
    site.pages["/"] = page
    with pytest.raises(NoPage):
        await read()
    assert set(site.asked) == {"/"}
    assert len(site.asked) <= MAX_REDIRECTS + 1


async def test_a_redirect_on_the_same_host_is_followed(site, read):
    site.pages["/"] = SitePage(status=301, headers={"Location": "me/"})
    site.pages["/me/"] = SitePage(status=307, headers={"Location": f"{site.origin}/home"})
    site.pages["/home"] = SitePage(OWN)
    assert await read() == FOUND
    assert site.asked == ["/", "/me/", "/home"]


async def test_of_a_page_without_end_the_beginning_is_read(site, read):
    site.pages["/"] = SitePage(OWN, is_huge=True)
    assert await read() == FOUND
    site.pages["/"] = SitePage(" " * MAX_PAGE_BYTES + OWN)
    assert await read() == []


@pytest.mark.parametrize("status", [408, 429, 500, 503])
async def test_an_error_of_the_server_may_pass(site, read, status):
    site.pages["/"] = SitePage(OWN, status=status)
    with pytest.raises(PageAway):
        await read()


async def test_a_page_that_never_ends_costs_its_time_only(site, read):
    site.pages["/"] = SitePage(OWN, is_slow=True)
    with pytest.raises(PageAway):
        await read(timeout_s=0.5)


async def test_no_private_address_is_called(site, read, monkeypatch):
    """Names that lead to this machine, the address itself, and what is no HTTPS."""
    resolve_to_this_machine(monkeypatch, "rebound.example")
    port = site.origin.rpartition(":")[2]
    for url in (
        "https://rebound.example/",
        f"https://rebound.example:{port}/",
        f"https://127.0.0.1:{port}/",
        "https://127.0.0.1/",
        "https://[::ffff:127.0.0.1]/",
        f"http://{HOST}:{port}/",
        f"https://user@{HOST}/",
        "https://\u0661\u0662\u0667.0.0.1/",
    ):
        with pytest.raises(NoPage):
            await read(url=url)
    assert site.asked == []


async def test_a_certificate_of_another_host_is_not_accepted(site, read, monkeypatch):
    resolve_to_this_machine(monkeypatch, "other.example")
    origin = site.origin.replace(HOST, "other.example")
    with pytest.raises(PageAway):
        await read(url=f"{origin}/", trusted={origin})
    assert site.asked == []
