"""The settings of an account in a real browser, by keyboard, and states that all pages share."""

import json
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from tests import sounds
from tests.journeys.axe import ensure_accessible
from tests.journeys.browser import CHROMIUM, browsing
from tests.journeys.served import calling, served, sign_up, until
from tests.journeys.web_pages import wait_for
from tests.journeys.web_steps import choose_files
from tests.make import PASSWORD

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"needs a browser: {CHROMIUM} is not there"),
]

ADMIN = "keeper@example.com"
NEW_PASSWORD = f"{PASSWORD} again"


@pytest.fixture(scope="module")
def server():
    """A server of its own: nobody else can use it during maintenance."""
    account = {"VEZA_ADMIN_EMAIL": ADMIN, "VEZA_ADMIN_PASSWORD": PASSWORD}
    with served("--workers", "1", **account) as running:
        yield running


@pytest.fixture(scope="module")
def admin(server):
    with calling(server) as client:
        answer = client.post("auth/login", json={"email": ADMIN, "password": PASSWORD})
        return answer.json()["data"]["access_token"]


@pytest.fixture(scope="module")
def token(server):
    sign_up(server, "neighbour")
    return sign_up(server, "set_ana")


@pytest.fixture(scope="module")
def tab(server, token):
    with browsing() as opened:
        sign_in(opened, server)
        yield opened


def sign_in(tab, server, password=PASSWORD):
    tab.open(f"{server.url}/sign-in")
    write(tab, "form [name=email]", "set_ana@example.com", password)
    wait_for(tab, "location.pathname === '/'")


def write(tab, field, *texts):
    """Type texts into a field and those that follow it, and send them, by keyboard."""
    focus(tab, field)
    for number, text in enumerate(texts):
        if number:
            tab.press("Tab")
        wait_for(tab, "'select' in document.activeElement")
        tab.ask("document.activeElement.select()")
        tab.write(text)
    tab.press("Enter")


def focus(tab, selector):
    found = f"document.querySelector({json.dumps(selector)})"
    wait_for(tab, f"{found}?.focus() ?? (!!{found} && document.activeElement === {found})")


def press(tab, selector, key="Enter"):
    focus(tab, selector)
    tab.press(key)


def go(tab, section):
    if not tab.ask("!!document.querySelector('.settings > nav')"):
        tab.open(f"{tab.ask('location.origin')}/settings")
        # Which leads on to its first page, that would take the place of the next one.
        wait_for(tab, "location.pathname !== '/settings'")
    # A page that is still loading would take the place of the next one.
    wait_for(tab, "document.querySelector('main')?.getAttribute('aria-busy') === 'false'")
    press(tab, f".settings > nav a[href='/settings/{section}']")
    wait_for(tab, f"location.pathname === '/settings/{section}'")
    wait_for(tab, "document.querySelector('main').getAttribute('aria-busy') === 'false'")
    wait_for(tab, "document.activeElement.id === 'main'")


def says(text, where="main"):
    return f"!!document.querySelector('{where}')?.innerText.includes({json.dumps(text)})"


def limit_once(tab, path):
    """Answer the next request to a path by 429 in this page: no page may ask so often."""
    tab.ask(
        "(send => { window.fetch = request => {"
        f" if (!String(request.url ?? request).includes({json.dumps(path)})) return send(request);"
        " window.fetch = send; return Promise.resolve("
        'new Response(\'{"error": "Wait.", "code": "rate_limited"}\', {status: 429,'
        " headers: {'retry-after': '4', 'content-type': 'application/json'}})); }; })(window.fetch)"
    )


def test_the_profile_is_changed_by_keyboard(server, tab):
    tab.ask("document.querySelector('.account').click()")
    press(tab, ".account-menu a[href='/settings']")
    wait_for(tab, "location.pathname === '/settings/profile'")
    wait_for(tab, "document.querySelector('form [name=username]')?.value === 'set_ana'")
    focus(tab, "form [name=username]")
    for text in ("Tape loops.", "Granada", "ana@example.com"):
        tab.press("Tab")
        tab.write(text)
    wait_for(tab, says("Tape loops.", ".preview"))
    assert tab.ask(says("Granada", ".preview"))
    _write_links(tab)
    with calling(server) as client:
        assert client.get("users/set_ana").json()["data"]["bio"] == "Tape loops."
        profile = client.get("profiles/by-handle/set_ana").json()["data"]
    assert (profile["place"], profile["contact"]) == ("Granada", "ana@example.com")
    assert profile["links"] == [
        {"url": "https://tapes.example/", "label": "", "is_verified": False},
        {"url": "https://ana.example/", "label": "Ana", "is_verified": False},
    ]

    write(tab, "form [name=username]", "neighbour")
    wait_for(tab, "document.activeElement.getAttribute('aria-invalid') === 'true'")
    assert tab.ask(says("is taken", "form .hint.bad"))
    tab.open(f"{server.url}/artists/set_ana")
    link = "document.querySelector(`main a[href='https://ana.example/']`)"
    wait_for(tab, f"{link}?.rel === 'me ugc nofollow noopener'")


def _write_links(tab):
    """Write two links, of which one is refused at first, and change their order."""
    press(tab, "form .add")
    for text in ("http://ana.example/", "Ana"):
        tab.write(text)
        tab.press("Tab")
    press(tab, "form .add")
    tab.write("tapes.example/")
    tab.press("Enter")
    wait_for(tab, "document.activeElement.getAttribute('aria-invalid') === 'true'")
    assert tab.ask(says("begins with https://", "form .hint.bad"))
    ensure_accessible(tab, "a link that was refused")
    tab.ask("document.activeElement.select()")
    tab.write("https://ana.example/")
    press(tab, "[aria-label='Move tapes.example/ up']")
    wait_for(tab, "document.activeElement.ariaLabel === 'Move tapes.example/ down'")
    press(tab, "form [type=submit]")
    wait_for(tab, says("Saved.", ".toasts"))


def crop_by_keys(tab):
    """Move and enlarge the picture that is being cropped, and use that part of it."""
    wait_for(tab, "document.activeElement.classList.contains('crop')")
    shown = "document.querySelector('.crop ~ [role=status]').textContent"
    before = tab.ask(shown)
    for key in ("+", "+", "ArrowLeft", "ArrowUp", "-"):
        tab.press(key)
    assert tab.ask(shown) not in {before, ""}
    press(tab, ".picture-field .btn.main")
    wait_for(tab, "!document.querySelector('.crop')")


def test_a_name_and_a_picture_are_chosen_and_shown(server, tab, tmp_path):
    tab.open(f"{server.url}/settings/profile")
    choose_files(tab, "avatar", [sounds.picture(tmp_path / "face.png", width=300, height=200)])
    crop_by_keys(tab)
    shown = "document.querySelector('.picture-field.avatar img')"
    wait_for(tab, f"{shown}?.complete && {shown}.naturalWidth === {shown}.naturalHeight")
    choose_files(tab, "banner", [sounds.picture(tmp_path / "wide.avif", width=900, height=400)])
    wait_for(tab, "document.activeElement.classList.contains('crop')")
    ensure_accessible(tab, "a banner that is cropped")
    crop_by_keys(tab)
    banner = "document.querySelector('img.banner')"
    wait_for(tab, f"{banner}?.naturalWidth === 3 * {banner}.naturalHeight")
    write(tab, "form [name=display_name]", "東京 Ana")
    wait_for(tab, says("Saved.", ".toasts"))
    wait_for(tab, "document.querySelector('.account').textContent.includes('東京 Ana')")
    with calling(server) as client:
        profile = client.get("users/set_ana").json()["data"]
        assert profile["display_name"] == "東京 Ana"
        assert client.get(f"{server.url}{profile['avatar_url']}").status_code == 200
    press(tab, ".settings a[href='/artists/set_ana']")
    wait_for(tab, "document.querySelector('main h1')?.textContent === '東京 Ana'")
    for picture in (".pf-pic .av img", ".pf-banner img"):
        wait_for(tab, f"document.querySelector('main {picture}')?.naturalWidth > 0")
    ensure_accessible(tab, "the page of its owner")
    press(tab, ".pf-main a[href$='as=visitor']")
    wait_for(tab, "!document.querySelector('.pf-cam, .todo')")
    ensure_accessible(tab, "a member with a picture and a banner")

    tab.open(f"{server.url}/settings/profile")
    press(tab, ".picture-field.avatar .ghost")
    wait_for(tab, f"!{shown}")
    with calling(server) as client:
        assert client.get("users/set_ana").json()["data"]["avatar_url"] is None
    write(tab, "form [name=display_name]", " ")
    wait_for(tab, says("Nothing changed", ".savebar"))
    # Without a name of its own, the member is shown by whatever the username is.
    with calling(server) as client:
        for username in ("set_ana", "set_anna", "set_ana"):
            write(tab, "form [name=username]", username)
            wait_for(tab, says("Nothing changed", ".savebar"))
            assert _find_name(client, username) == username


def test_an_imitation_is_noted_and_known_followers_are_named(server, tab, token):
    with calling(server, sign_up(server, "neighb0ur")) as client:
        imitator = client.get("users/me").json()["data"]["id"]
        neighbour = client.get("users/neighbour").json()["data"]["id"]
    with calling(server) as client:
        form = {"email": "neighbour@example.com", "password": PASSWORD}
        of_neighbour = client.post("auth/login", json=form).json()["data"]["access_token"]
    for follower, followed in ((token, neighbour), (of_neighbour, imitator)):
        with calling(server, follower) as client:
            assert client.post(f"users/{followed}/follow").is_success

    tab.open(f"{server.url}/artists/neighb0ur")
    wait_for(tab, says("You follow neighbour, whose name looks the same.", ".pf-note"))
    assert tab.ask(says("1 follower, among them neighbour", ".pf-known"))
    ensure_accessible(tab, "an imitation")
    press(tab, ".pf-note a")
    wait_for(tab, "document.querySelector('main h1')?.textContent === 'neighbour'")
    assert not tab.ask("!!document.querySelector('.pf-note')")
    tab.open(f"{server.url}/settings/profile")


def _find_name(client, username):
    found = client.get(f"users/{username}")
    return found.json()["data"]["display_name"] if found.status_code == 200 else None


def test_a_band_is_created_somebody_joins_and_its_owner_posts_as_it(server, tab):
    tab.open(f"{server.url}/settings/profiles")
    write(tab, "form[name=page] [name=handle]", "set_band", "東京 Band")
    wait_for(tab, says("東京 Band is created.", ".toasts"))
    press(tab, "[aria-label='Members of 東京 Band']")
    write(tab, "form[name=invite] [name=invitee]", "neighbour")
    wait_for(tab, says("neighbour is invited.", ".toasts"))
    ensure_accessible(tab, "members of a band")
    with calling(server) as client:
        form = {"email": "neighbour@example.com", "password": PASSWORD}
        token = client.post("auth/login", json=form).json()["data"]["access_token"]
    with calling(server, token) as client:
        [invitation] = client.get("users/me/profile-invitations").json()["data"]["invitations"]
    with browsing() as other:
        # Who is not signed in comes back with the invitation of the link.
        other.open(f"{server.url}/settings/profiles#invitation={invitation['id']}")
        press(other, "main .state .btn.main")
        write(other, "form [name=email]", "neighbour@example.com", PASSWORD)
        press(other, "[aria-label='Accept the invitation to 東京 Band']")
        wait_for(other, says("You belong to 東京 Band now.", ".toasts"))
        ensure_accessible(other, "profiles of a member")

    tab.open(f"{server.url}/settings/profiles")
    press(tab, "[aria-label='Act as 東京 Band']")
    wait_for(tab, "document.querySelector('.account').textContent.includes('東京 Band')")
    press(tab, ".side a[href='/feed']")
    focus(tab, ".compose-post textarea")
    wait_for(tab, says("as 東京 Band", ".compose-post"))
    tab.write("From all of us.")
    press(tab, ".compose-post [type=submit]")
    wait_for(tab, says("From all of us.", "main article"))
    with calling(server) as client:
        [post] = client.get("users/set_band/posts").json()["data"]["posts"]
    assert post["author"]["username"] == "set_band"
    tab.ask("document.querySelector('.account').click()")
    press(tab, ".switcher button[aria-pressed=false]")
    wait_for(tab, "!document.querySelector('.account').textContent.includes('東京 Band')")
    tab.open(f"{server.url}/settings/profile")


def test_an_app_password_is_created_used_and_revoked(server, tab):
    go(tab, "players")
    write(tab, "form [name=name]", "Phone")
    wait_for(tab, "document.activeElement.classList.contains('secret')")
    ensure_accessible(tab, "secret")
    secret = tab.ask("document.querySelector('.secret code').innerText")

    def is_open():
        query = {"u": "set_ana", "p": secret, "v": "1.16.1", "c": "phone", "f": "json"}
        answer = httpx.get(f"{server.url}/rest/ping.view", params=query, verify=False)
        return answer.json()["subsonic-response"]["status"] == "ok"

    assert is_open()
    press(tab, "[aria-label='Revoke Phone']")
    wait_for(tab, "!!document.querySelector('dialog[open] .bad-main')")
    ensure_accessible(tab, "confirmation")
    press(tab, "dialog .bad-main")
    wait_for(tab, says("No app has a password yet."))
    assert not is_open()
    assert not tab.ask("!!document.querySelector('.secret')")


def test_an_api_key_is_created_with_its_scopes_and_works(server, tab):
    go(tab, "keys")
    focus(tab, "form [name=name]")
    tab.write("Studio")
    press(tab, "form [value=read]", " ")
    press(tab, "form [type=submit]")
    wait_for(tab, says("Choose what the key may do.", "form .hint.bad"))
    press(tab, "form [value=write]", " ")
    press(tab, "form [type=submit]")
    wait_for(tab, "!!document.querySelector('.secret')")
    key = {"x-api-key": tab.ask("document.querySelector('.secret code').innerText")}
    with calling(server) as client:
        change = {"keep_history": True}
        answer = client.put("users/me/library/settings", json=change, headers=key)
        assert answer.status_code == 200
        assert client.get("users/me/library/settings", headers=key).status_code == 403


def test_another_session_ends_and_what_was_typed_there_is_kept(server, tab):
    with browsing() as other:
        sign_in(other, server)
        other.open(f"{server.url}/settings/notifications")
        go(tab, "sessions")
        press(tab, ".things button[aria-label^='Sign out Chrome']")
        wait_for(other, says("You were signed out"))

        sign_in(other, server)
        other.open(f"{server.url}/settings/profile")
        wait_for(other, "document.querySelector('form [name=username]')?.value === 'set_ana'")
        focus(other, "form [name=bio]")
        other.ask("document.activeElement.select()")
        other.write("A long thought.")
        tab.open(f"{server.url}/settings/sessions")
        press(tab, ".settings-page .btn.bad.wide")
        wait_for(tab, says("No other device is signed in."))
        wait_for(other, "!!document.querySelector('dialog.session[open]')")
        ensure_accessible(other, "signed out while typing")
        write(other, "dialog [name=password]", "not this one")
        wait_for(other, says("The password is wrong.", "dialog"))
        write(other, "dialog [name=password]", PASSWORD)
        wait_for(other, "!document.querySelector('dialog')")
        press(other, "form [type=submit]")
        wait_for(other, says("Saved.", ".toasts"))
    with calling(server) as client:
        assert client.get("users/set_ana").json()["data"]["bio"] == "A long thought."


def test_the_password_is_changed_and_a_limit_makes_the_button_wait(server, tab):
    go(tab, "security")
    form = "form[name=password]"
    write(tab, f"{form} [name=current_password]", PASSWORD, NEW_PASSWORD)
    wait_for(tab, says("Your password is changed.", ".toasts"))
    with calling(server) as client:
        form_of = {"email": "set_ana@example.com", "password": NEW_PASSWORD}
        assert client.post("auth/login", json=form_of).status_code == 200

    write(tab, f"{form} [name=current_password]", "wrong", "whatever it is")
    wait_for(tab, says("The current password is wrong.", form))
    limit_once(tab, "users/me/password")
    button = f"document.querySelector('{form} [type=submit]')"
    press(tab, f"{form} [type=submit]")
    wait_for(tab, f"{button}.getAttribute('aria-disabled') === 'true'")
    assert tab.ask(says("Try again in", form))
    ensure_accessible(tab, "a button that waits")
    wait_for(tab, f"{button}.getAttribute('aria-disabled') === 'false'")


def test_data_is_exported_and_downloaded(tab):
    go(tab, "privacy")
    press(tab, "section .btn:not(.bad)")
    wait_for(tab, "!!document.querySelector('main a[download]')")
    url = "document.querySelector('main a[download]').href"
    content = f"fetch({url}).then(answer => answer.text()).then(text => text.slice(0, 2))"
    assert tab.ask(content) == "PK"
    ensure_accessible(tab, "an export")


def test_people_are_unblocked_and_blocked_again(server, tab, token):
    with calling(server) as client:
        form = {"email": "set_ana@example.com", "password": NEW_PASSWORD}
        fresh = client.post("auth/login", json=form).json()["data"]["access_token"]
        headers = {"authorization": f"Bearer {fresh}"}
        person = client.get("users/neighbour").json()["data"]["id"]
        client.post(f"users/{person}/block", headers=headers)

        def blocked():
            page = client.get("users/me/blocks", headers=headers).json()["data"]
            return [each["username"] for each in page["users"]]

        go(tab, "people")
        press(tab, "[aria-label='Unblock neighbour']")
        wait_for(tab, says("is not blocked any more", ".toasts"))
        assert blocked() == []
        tab.ask("[...document.querySelectorAll('.toast button')].at(-1).click()")
        wait_for(tab, "!!document.querySelector(\"[aria-label='Unblock neighbour']\")")
        assert blocked() == ["neighbour"]


def test_notifications_and_appearance_are_chosen(server, tab):
    go(tab, "notifications")
    press(tab, "main section [role=switch]", " ")
    wait_for(tab, "!document.querySelector('main section [role=switch]').checked")
    stored = "fetch('/api/v1/notifications/preferences').then(answer => answer.json())"
    wait_for(tab, f"{stored}.then(answer => answer.data.follow === false)")
    go(tab, "look")
    tab.ask("document.querySelector('[name=theme][value=dark]').click()")
    assert tab.ask("document.documentElement.dataset.theme") == "dark"


def test_pages_that_were_loaded_stay_usable_without_a_network(tab):
    tab.switch_network(is_on=False)
    wait_for(tab, says("You are offline.", ".banners"))
    go(tab, "people")
    wait_for(tab, "!!document.querySelector(\"[aria-label='Unblock neighbour']\")")
    press(tab, ".side a[href='/library']")
    wait_for(tab, says("There is no network."))
    ensure_accessible(tab, "offline")
    tab.switch_network(is_on=True)
    wait_for(tab, "!document.querySelector('.banners .notice')")
    wait_for(tab, f"!{says('There is no network.')} && !!document.querySelector('main h1')")


def test_maintenance_and_limits_pass_by_themselves(server, admin, tab):
    def switch(**said):
        with calling(server, admin) as client:
            assert client.put("admin/maintenance", json=said).status_code == 200
        # The process that answers is told by the database.
        status = 503 if said["enabled"] else 200
        with calling(server) as client:
            until(lambda: client.get("tracks").status_code == status, 60)

    def end_in(seconds):
        return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()

    switch(enabled=True, message="New disks.", ends_at=end_in(3600))
    tab.open(f"{server.url}/settings/notifications")
    wait_for(tab, says("We’ll be back soon"))
    assert tab.ask(says("until about"))
    assert tab.ask(says("New disks."))
    ensure_accessible(tab, "maintenance")
    switch(enabled=True, ends_at=end_in(3))
    tab.ask("document.querySelector('main .state .btn').click()")
    switch(enabled=False)
    wait_for(tab, "!!document.querySelector('main [role=switch]')")

    limit_once(tab, "developer/api-keys")
    go(tab, "keys")
    wait_for(tab, says("A little slower, please"))
    button = "document.querySelector('main .state .btn')"
    assert tab.ask(f"{button}.getAttribute('aria-disabled')") == "true"
    ensure_accessible(tab, "rate limited")
    wait_for(tab, "!document.querySelector('main .state') && !!document.querySelector('.things')")


def test_the_account_is_deleted_after_its_password_and_a_confirmation(server, tab):
    sign_in_again = {"email": "set_ana@example.com", "password": NEW_PASSWORD}
    go(tab, "delete")
    write(tab, "form [name=password]", NEW_PASSWORD)
    wait_for(tab, "document.activeElement.name === 'confirm'")
    ensure_accessible(tab, "a confirmation that is missing")
    tab.press(" ")
    press(tab, "form [type=submit]")
    wait_for(tab, says("Your account is deleted"))
    ensure_accessible(tab, "deleted")
    wait_for(tab, "!!document.querySelector('.side a[href=\"/sign-in\"]')")
    with calling(server) as client:
        assert client.post("auth/login", json=sign_in_again).status_code == 401
