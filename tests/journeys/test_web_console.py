"""The console in a real browser: reports, sign-ups, members, transfers, and who sees what."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests import sounds
from tests.domains.auth.factors.steps import current_code
from tests.journeys.browser import CHROMIUM, Tab, browsing
from tests.journeys.notice_mails import find_notice_token
from tests.journeys.served import Server, calling, set_role, sign_up, until, upload, wait_for_track
from tests.journeys.tables import hold_mail, let_counters_be_due, let_proofs_age
from tests.journeys.web_pages import (
    ANSWERS,
    follow_link,
    go,
    open_page,
    sign_in,
    unexpected,
    wait_for,
    wait_until_quiet,
)
from tests.journeys.web_steps import fill, press, shows
from tests.make import PASSWORD

ADMIN, MODERATOR, MEMBER, SELLER = "con_admin", "con_moderator", "con_member", "con_seller"

# Answers with lists of reports wait until they are let go.
HOLD_LISTS = """
[window.held, window.taken] = [[], 0];
const answer = window.fetch;
window.fetch = async (...given) => {
  const response = await answer(...given);
  if (!(given[0].url ?? given[0]).includes('/admin/reports?')) return response;
  await new Promise(release => window.held.push(release));
  setTimeout(() => window.taken += 1, 100);
  return response;
};
0"""

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"needs a browser: {CHROMIUM} is not there"),
]


@pytest.fixture
def tab() -> Iterator[Tab]:
    with browsing() as opened:
        opened.run_before_pages(ANSWERS)
        yield opened


def tell(server: Server, token: str, path: str, **said: object) -> dict:
    with calling(server, token) as client:
        answer = client.post(path, json=said)
        assert answer.is_success, answer.text
        return answer.json()["data"]


def read(server: Server, token: str, path: str) -> dict:
    with calling(server, token) as client:
        answer = client.get(path)
        assert answer.is_success, answer.text
        return answer.json()["data"]


def become(server: Server, name: str, role: str) -> str:
    """Sign up, get a role from the command line, and sign in with it; return the token."""
    sign_up(server, name)
    set_role(server, name, role)
    with calling(server) as client:
        form = {"email": f"{name}@example.com", "password": PASSWORD}
        return client.post("auth/login", json=form).json()["data"]["access_token"]


def decide(tab: Tab) -> None:
    """Press Ctrl and Enter."""
    pressed = {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13, "modifiers": 2}
    tab.call("Input.dispatchKeyEvent", type="rawKeyDown", **pressed)
    tab.call("Input.dispatchKeyEvent", type="keyUp", **pressed)


def sell(server: Server, admin: str) -> str:
    """Sell something whose transfer is refused; return the seller's token."""
    token = sign_up(server, SELLER)
    link = tell(server, token, "sell/connect/onboard")["onboarding_url"]
    with calling(server) as client:
        assert client.post(link).status_code == 200
    seller = read(server, token, "users/me")["id"]
    tell(server, admin, "sandbox/payouts/outcome", seller_id=seller, outcome="failed")
    form = {"title": "Loops", "type": "preset", "price_cents": 1000, "currency": "EUR"}
    product = tell(server, token, "marketplace/products", status="published", **form)["id"]
    buyer = sign_up(server, "con_buyer")
    order = tell(server, buyer, "marketplace/orders", items=[{"product_id": product}])
    payment = f"sandbox/payments/{order['payment']['payment_id']}/confirm"
    tell(server, buyer, payment, outcome="succeeded")

    def has_failed() -> bool:
        found = read(server, token, "sell/transfers")["transfers"]
        return bool(found) and found[0]["status"] == "failed"

    until(has_failed, 60)
    tell(server, admin, "sandbox/payouts/outcome", seller_id=seller, outcome="succeeded")
    return token


def test_staff_does_its_work_by_keyboard_and_sees_only_what_it_may(server, tab, folder):
    admin = become(server, ADMIN, "admin")
    become(server, MODERATOR, "moderator")
    member = sign_up(server, MEMBER)
    member_id = read(server, member, "users/me")["id"]
    secret = tell(server, member, "users/me/factors/totp")["totp_secret"]
    tell(server, member, "users/me/factors/totp/confirm", code=current_code(secret))
    face = sounds.picture(folder / "con_face.png", width=64, height=64)
    with calling(server, member) as client:
        files = {"file": ("face.png", face.read_bytes())}
        assert client.put(f"profiles/{member_id}/avatar", files=files).is_success
    form = {"content_type": "user", "content_id": member_id}
    report = tell(server, sign_up(server, "con_reporter"), "reports", reason="It is spam.", **form)
    seller = sell(server, admin)

    sign_in(tab, server, f"{ADMIN}@example.com")
    wait_for(tab, "!!document.querySelector('.side a[href=\"/console\"]')")
    go(tab, "/console")
    reports(tab)
    found = read(server, admin, f"admin/reports/{report['id']}")
    assert (found["action"], found["reason"]) == ("warn", "Please stop this.")

    # A stolen session can't suspend anybody: who it is has to be confirmed from time to time.
    asyncio.run(let_proofs_age(server))
    suspend_and_restore(tab, member_id)
    # A refusal, before it was confirmed.
    tab.complaints.clear()
    sanctions = read(server, admin, f"admin/users/{member_id}/sanctions")["sanctions"]
    assert [each["action"] for each in sanctions] == ["unban", "ban", "warn"]

    lose_factors(tab, server, admin, member_id)
    name_domains(tab, server, admin)

    go(tab, "/console/transfers?status=failed")
    press(tab, "Try again: the transfer of €9.00")
    press(tab, "Try again", "dialog")
    wait_for(tab, "!document.querySelector('dialog, [data-transfer=failed]')")
    assert read(server, seller, "sell/transfers")["transfers"][0]["status"] == "completed"

    verify(tab)
    back_up(tab, server, admin)
    try_again(tab, server, admin, token=seller, folder=folder)
    assert not unexpected(tab)
    with waiting(server, admin):
        change_mode(tab, server, admin)
        accepted, declined = (ask_to_join(server, f"con_new_{number}") for number in range(2))
        answer_newcomer(tab, accepted, "Accept")
        become_moderator(tab, server)
        answer_newcomer(tab, declined, "Decline")
        assert [sign_in_error(server, name) for name in (accepted, declined)] == [
            None,
            "sign_up_declined",
        ]
    revoke(tab, server, admin)


def become_moderator(tab: Tab, server: Server) -> None:
    """Sign in as a moderator, who has what the API gives a moderator, and nothing else."""
    leave(tab)
    sign_in(tab, server, f"{MODERATOR}@example.com")
    # A refused refresh of the session that has ended.
    tab.complaints.clear()
    go(tab, "/console")
    labels = "[...document.querySelectorAll('main nav[aria-label=Console] a')]"
    assert tab.ask(f"{labels}.map(each => each.innerText)") == ["Reports", "Members", "Moderation"]
    go(tab, "/console/appeals")
    wait_for(tab, "document.querySelector('main').innerText.includes('No appeals')")
    for path in ("/console/settings", "/console/members", "/console/mail-domains"):
        go(tab, path)
        wait_for(tab, "document.querySelector('main').innerText.includes('Only admins')")
    go(tab, "/console/sign-ups")
    labels = "[...document.querySelectorAll('main nav[aria-label=Members] a')]"
    assert tab.ask(f"{labels}.map(each => each.innerText)") == ["Sign-ups", "Invitations"]
    assert not tab.ask("document.querySelector('main select')")
    assert not tab.complaints


def test_a_suspension_by_keyboard_is_appealed_and_reversed_by_another_admin(server, tab):
    first, accused = "con_first", "con_accused"
    admin = become(server, first, "admin")
    become(server, "con_second", "admin")
    become(server, "con_reader", "moderator")
    member = read(server, sign_up(server, accused), "users/me")["id"]
    form = {"content_type": "user", "content_id": member}
    report = tell(server, sign_up(server, "con_witness"), "reports", reason="Stolen.", **form)

    sign_in(tab, server, f"{first}@example.com")
    go(tab, f"/console?report={report['id']}")
    suspend_by_keyboard(tab)
    found = read(server, admin, f"admin/reports/{report['id']}")
    assert (found["action"], found["reason"]) == ("ban", "Taken from others.")
    notes = read(server, admin, f"admin/users/{member}/notes")["notes"]
    assert [note["text"] for note in notes] == ["They said borrowed."]
    leave(tab)

    appeal(tab, server, accused)
    refused = [each for each in tab.complaints if "/auth/" in each]
    tab.complaints[:] = [each for each in tab.complaints if each not in refused]

    # Who may only read.
    sign_in(tab, server, "con_reader@example.com")
    go(tab, "/console/appeals")
    wait_for(tab, "document.body.innerText.includes('Admins decide on suspensions.')")
    go(tab, f"/console/history/{member}")
    wait_for(tab, "document.querySelectorAll('main ol > li').length === 5")
    story = tab.ask("document.querySelector('main ol').innerText")
    for each in ("Appeal: Open", "Suspension", "Verdict: Suspend", "Note", "Report: "):
        assert each in story
    assert "con_witness" not in story
    leave(tab)

    sign_in(tab, server, "con_second@example.com")
    go(tab, "/console/appeals")
    press(tab, f"Grant the appeal of {accused}")
    wait_for(tab, "document.querySelector('dialog')?.innerText.includes('can sign in again')")
    tab.ask("document.querySelector('dialog [name=reason]').focus()")
    tab.write("It is theirs.")
    press(tab, "Grant", "dialog")
    wait_for(tab, "document.body.innerText.includes('The appeal is decided.')")
    with calling(server) as client:
        form = {"email": f"{accused}@example.com", "password": PASSWORD}
        assert client.post("auth/login", json=form).status_code == 200
    assert not [each for each in tab.complaints if "/auth/" not in each]


def test_a_moderator_who_leaves_after_a_decision_is_not_called_back(server, tab):
    become(server, "con_hasty", "moderator")
    member = read(server, sign_up(server, "con_noisy"), "users/me")["id"]
    form = {"content_type": "user", "content_id": member, "reason": "Noise."}
    report = tell(server, sign_up(server, "con_neighbour"), "reports", **form)["id"]
    sign_in(tab, server, "con_hasty@example.com")
    go(tab, f"/console?report={report}")
    wait_for(tab, "!!document.querySelector('.q-one [name=verdict]')")
    tab.ask(HOLD_LISTS)
    tab.press("d")
    wait_for(tab, "document.activeElement.name === 'reason'")
    decide(tab)
    wait_for(tab, "window.held.length === 1")
    follow_link(tab, "/feed")
    tab.ask("held[0]()")
    wait_for(tab, "window.taken === 1")
    wait_until_quiet(tab)
    assert tab.ask("location.pathname") == "/feed"
    assert not unexpected(tab)


def test_a_copyright_notice_hides_a_post_until_its_author_has_objected(server, tab):
    become(server, "con_copyright", "moderator")
    author = sign_up(server, "con_copied")
    post = tell(server, author, "social/posts", content="The lyrics of somebody else.")["id"]
    claimant = "claimant@example.com"

    send_notice(tab, server, post, claimant)
    until(lambda: find_notice_token(server, claimant), 60)
    open_page(
        tab, f"{server.url}/legal/copyright/confirm#token={find_notice_token(server, claimant)}"
    )
    wait_for(tab, shows("The notice is confirmed"))

    sign_in(tab, server, "con_copyright@example.com")
    go(tab, "/console/copyright")
    press(tab, "Ferry Songs Ltd, signed Ada Ferry")
    wait_for(tab, shows("The words of “Night Ferry”"))
    press(tab, "Take it down")
    write(tab, "reason", "The words are not yours.")
    confirm(tab, "Take it down")
    wait_for(tab, shows("The decision"))
    assert is_gone(server, post)
    leave(tab)

    sign_in(tab, server, "con_copied@example.com")
    go(tab, "/appeal")
    tab.ask("document.querySelector('main li a').click()")
    press(tab, "Copyright notices about you")
    object_to_notice(tab)
    leave(tab)
    assert is_gone(server, post)
    asyncio.run(let_counters_be_due(server))
    until(lambda: not is_gone(server, post), 60)
    assert not [each for each in unexpected(tab) if "/auth/" not in each]


def is_gone(server: Server, post: str) -> bool:
    with calling(server) as client:
        return client.get(f"social/posts/{post}").status_code == 404


def send_notice(tab: Tab, server: Server, post: str, claimant: str) -> None:
    """Fill in the public form, without an account."""
    open_page(tab, f"{server.url}/legal/copyright")
    fill(
        tab,
        urls=f"{server.url}/posts/{post}",
        work="The words of “Night Ferry”, first printed in 2019.",
        rights_holder="Ferry Songs Ltd",
        email=claimant,
        signature="Ada Ferry",
    )
    tab.ask("document.querySelectorAll('main [type=checkbox]').forEach(each => each.click())")
    press(tab, "Send the notice")
    wait_for(tab, shows("Look into your mailbox"))


def object_to_notice(tab: Tab) -> None:
    """Send a counter-notice on the page that shows the notice."""
    wait_for(tab, shows("Everything that you enter here goes to the sender"))
    assert "Ada Ferry" in tab.ask("document.querySelector('main').innerText")
    assert "claimant@" not in tab.ask("document.querySelector('main').innerText")
    fill(
        tab,
        statement="I wrote them.",
        name="Ida Corner",
        address="1 Quay Street, Brest",
        email="ida@example.org",
    )
    tab.ask("document.querySelector('main [name=declared]').click()")
    press(tab, "Send the counter-notice")
    wait_for(tab, shows("Your counter-notice of"))


def leave(tab: Tab) -> None:
    """Sign out, and wait until that is done. A request that crossed it may have been refused."""
    before = list(tab.complaints)
    tab.ask("document.querySelector('.account').click()")
    press(tab, "Sign out", ".account-menu")
    wait_for(tab, "location.pathname === '/'")
    wait_until_quiet(tab)
    since = tab.complaints[len(before) :]
    tab.complaints[:] = before + [each for each in since if "401 (Unauthorized)" not in each]


def suspend_by_keyboard(tab: Tab) -> None:
    """Write a note and suspend the author of the report that is shown."""
    wait_for(tab, "!!document.querySelector('.q-one [name=verdict]')")
    wait_for(tab, "!!document.querySelector('.q-one [name=note]')")
    tab.press("n")
    wait_for(tab, "document.activeElement.name === 'note'")
    # No key of the queue works in a field.
    tab.write("They said ")
    tab.press("b")
    tab.write("orrowed.")
    assert tab.ask("document.activeElement.value") == "They said borrowed."
    assert not tab.ask("document.querySelector('.q-one [name=verdict]:checked')")
    press(tab, "Write the note")
    wait_for(tab, "document.querySelector('.q-one').innerText.includes('They said borrowed.')")
    tab.ask("document.activeElement.blur()")
    tab.press("b")
    wait_for(tab, "document.activeElement.name === 'reason'")
    tab.write("Taken from others.")
    decide(tab)
    wait_for(tab, "document.querySelector('dialog')?.innerText.includes('all their sessions end')")
    press(tab, "Suspend the author", "dialog")
    wait_for(tab, "document.body.innerText.includes('The report is decided.')")


def appeal(tab: Tab, server: Server, name: str) -> None:
    """Sign in, be refused, and appeal by the link."""
    open_page(tab, f"{server.url}/sign-in")
    for field, value in (("email", f"{name}@example.com"), ("password", PASSWORD)):
        tab.ask(f"document.querySelector('form [name={field}]').focus()")
        tab.write(value)
    tab.ask("document.querySelector('form [type=submit]').click()")
    press(tab, "Appeal against it")
    wait_for(tab, "!!document.querySelector('main [name=text]')")
    assert "Taken from others." in tab.ask("document.querySelector('main').innerText")
    tab.ask("document.querySelector('main [name=text]').focus()")
    tab.write("It is my own recording.")
    press(tab, "Send the appeal")
    wait_for(tab, "document.querySelector('main').innerText.includes('Not decided yet')")


def reports(tab: Tab) -> None:
    """Warn the author of the newest report, with the keyboard alone, and look at the help."""
    wait_for(tab, "!!document.querySelector('.case')")
    tab.press("j")
    wait_for(tab, "!!document.querySelector('.q-one [name=verdict]')")
    assert "It is spam." in tab.ask("document.querySelector('.q-one').innerText")
    press(tab, "Show it here")
    wait_for(tab, "document.querySelector('.q-one ul img')?.naturalWidth > 0")
    tab.press("?")
    wait_for(tab, "document.querySelector('dialog')?.innerText.includes('Next report')")
    tab.press("Escape")
    wait_for(tab, "!document.querySelector('dialog')")
    tab.press("w")
    wait_for(tab, "document.activeElement.name === 'reason'")
    tab.write("Please stop this.")
    decide(tab)
    wait_for(tab, "document.body.innerText.includes('The report is decided.')")


def prove(tab: Tab) -> None:
    """Confirm with the password, in the dialog that asks for it."""
    wait_for(tab, "!!document.querySelector('dialog [name=password]')")
    tab.ask("document.querySelector('dialog [name=password]').focus()")
    tab.write(PASSWORD)
    press(tab, "Confirm", "dialog")


def suspend_and_restore(tab: Tab, member_id: str) -> None:
    go(tab, f"/console/members?q={MEMBER}")
    wait_for(tab, f"!!document.querySelector('main a[href=\"/console/members/{member_id}\"]')")
    press(tab, MEMBER)
    for action in ("Suspend", "Lift the suspension"):
        press(tab, action)
        wait_for(tab, "!!document.querySelector('dialog [name=reason]')")
        tab.ask("document.querySelector('dialog [name=reason]').focus()")
        tab.write("It had to be.")
        press(tab, action, "dialog")
        if action == "Suspend":
            prove(tab)
        wait_for(tab, "!document.querySelector('dialog')")


def verify(tab: Tab) -> None:
    """Verify the ledger."""
    go(tab, "/console/ledger")
    press(tab, "Verify now")
    wait_for(tab, "!!document.querySelector('main [role=status] .badge.ok')")


def back_up(tab: Tab, server: Server, admin: str) -> None:
    """Start a backup, and see its result without loading the page again."""
    # The first one of the schedule is made at the start.
    until(lambda: read(server, admin, "admin/backups")["last"], 60)
    before = len(read(server, admin, "admin/backups")["backups"])
    go(tab, "/console/backups")
    shown = "document.querySelectorAll('main [data-backup=complete]').length"
    wait_for(tab, f"{shown} === {before}")
    press(tab, "Start a backup")
    wait_for(tab, f"{shown} === {before + 1}")
    wait_for(tab, "document.querySelector('main').innerText.includes('Start a backup')")


def try_again(tab: Tab, server: Server, admin: str, *, token: str, folder: Path) -> None:
    """Have a track processed again that failed, and a mail sent that was held."""
    broken = folder / "broken.flac"
    broken.write_bytes(b"fLaC" + bytes(5000))
    with calling(server, token) as client:
        track_id = upload(client, broken, title="Con broken")
        assert wait_for_track(client, track_id)["status"] == "failed"
    failed = find_failed(server, admin, track_id)
    assert failed is not None
    go(tab, "/console/failed-tracks")
    said = json.dumps(failed["reason"])
    wait_for(tab, f"document.querySelector('main').innerText.includes({said})")
    press(tab, "Try again: Con broken")
    wait_for(tab, "document.body.innerText.includes('“Con broken” is processed again.')")
    # It is as broken as before.
    until(lambda: (find_failed(server, admin, track_id) or failed) != failed, 60)

    asyncio.run(hold_mail(server, f"{MEMBER}@example.com"))
    go(tab, "/console/held-mails")
    wait_for(tab, "document.querySelectorAll('main [data-mail=held]').length === 1")
    press(tab, "Send now: the mail to c…@example.com")
    wait_for(tab, "document.querySelector('main').innerText.includes('No held mails')")


def find_failed(server: Server, admin: str, track_id: str) -> dict | None:
    """Return a track as the list of failed ones has it, None while it is processed."""
    listed = read(server, admin, "admin/failed-tracks")["tracks"]
    return next((each for each in listed if each["track_id"] == track_id), None)


def confirm(tab: Tab, label: str) -> None:
    """Press the button of a dialog, and wait until it is done."""
    press(tab, label, "dialog")
    wait_for(tab, "!document.querySelector('dialog')")


def write(tab: Tab, name: str, text: str) -> None:
    """Write into a field."""
    field = f"document.querySelector('main [name={name}], dialog [name={name}]')"
    wait_for(tab, f"!!{field}")
    tab.ask(f"{field}.focus()")
    tab.write(text)


def choose(tab: Tab, name: str, value: str) -> None:
    """Choose a value of a list."""
    field = f"document.querySelector('main select[name={name}]')"
    wait_for(tab, f"!!{field}")
    tab.ask(f"{field}.value = '{value}'; {field}.dispatchEvent(new Event('change'))")


def lose_factors(tab: Tab, server: Server, admin: str, member_id: str) -> None:
    """Begin to remove the second factors of a member, and keep them after all."""
    path = f"admin/users/{member_id}/factor-recovery"
    go(tab, f"/console/members/{member_id}")
    press(tab, "Remove the factors")
    write(tab, "reason", "They showed the identity card.")
    confirm(tab, "Remove the factors")
    wait_for(tab, "document.querySelector('main').innerText.includes('in 72 hours')")
    assert read(server, admin, path)["reason"] == "They showed the identity card."
    press(tab, "Keep the factors")
    confirm(tab, "Keep the factors")
    with calling(server, admin) as client:
        assert client.get(path).json()["code"] == "no_factor_recovery"


def name_domains(tab: Tab, server: Server, admin: str) -> None:
    """Block domains: one that is no domain is named at the field; remove a rule again."""
    go(tab, "/console/mail-domains")
    write(tab, "domains", "con-trash.example\n@CON-Münze.example\nno domain!")
    press(tab, "Add")
    confirm(tab, "Block")
    wait_for(tab, "document.activeElement.name === 'domains'")
    assert "domain!: Enter a domain" in tab.ask("document.querySelector('main form').innerText")
    tab.complaints.clear()
    tab.ask("document.activeElement.select()")
    tab.write("con-trash.example, @CON-Münze.example")
    press(tab, "Add")
    confirm(tab, "Block")
    press(tab, "Remove the rule of con-trash.example")
    confirm(tab, "Remove")
    stored = read(server, admin, "admin/mail-domains")["domains"]
    assert [each["domain"] for each in stored if "con-" in each["domain"]] == [
        "xn--con-mnze-b6a.example"
    ]


@contextmanager
def waiting(server: Server, admin: str) -> Iterator[None]:
    """Leave sign-up open to everybody afterwards."""
    try:
        yield
    finally:
        tell(server, admin, "auth/step-up", password=PASSWORD)
        with calling(server, admin) as client:
            assert client.put("admin/sign-up", json={"mode": "open"}).is_success


def change_mode(tab: Tab, server: Server, admin: str) -> None:
    """Have newcomers wait for approval."""
    go(tab, "/console/sign-ups")
    choose(tab, "mode", "approval")
    press(tab, "Change the mode")
    confirm(tab, "Change the mode")
    assert read(server, admin, "admin/sign-up")["mode"] == "approval"


def ask_to_join(server: Server, name: str) -> str:
    """Sign up as a newcomer who waits; return the name."""
    form = {"username": name, "email": f"{name}@example.com", "password": PASSWORD}
    with calling(server) as client:
        answer = client.post("auth/register", json=form | {"message": "I play the cello."})
    assert answer.status_code == 202, answer.text
    return name


def answer_newcomer(tab: Tab, name: str, answer: str) -> None:
    """Accept or decline a newcomer, by the link to them."""
    go(tab, "/console/members")
    go(tab, "/console/sign-ups")
    press(tab, name)
    wait_for(
        tab,
        "document.querySelector('main [aria-current=true].con-linked')?.innerText"
        f".includes({json.dumps(name)})",
    )
    press(tab, f"{answer} {name}")
    confirm(tab, answer)
    wait_for(tab, "document.querySelector('main').innerText.includes('somebody has decided')")


def sign_in_error(server: Server, name: str) -> str | None:
    """Return why a member can't sign in, if so."""
    with calling(server) as client:
        form = {"email": f"{name}@example.com", "password": PASSWORD}
        return client.post("auth/login", json=form).json().get("code")


def revoke(tab: Tab, server: Server, admin: str) -> None:
    """Revoke an invitation as a moderator, and see whom its member invited."""
    code = tell(server, admin, "auth/invitations")["code"]
    go(tab, "/console/invitations")
    press(tab, f"Revoke {code}")
    confirm(tab, "Revoke")
    kept = read(server, admin, "admin/invitations")["invitations"]
    assert code not in {each["code"] for each in kept}
    inviter = read(server, admin, "users/me")["id"]
    go(tab, f"/console/invitations/{inviter}")
    said = json.dumps(f"{ADMIN} has invited nobody")
    wait_for(tab, f"document.querySelector('main').innerText.includes({said})")
    assert not tab.ask("document.querySelector('main a[href*=\"/console/members/\"]')")
    assert not tab.complaints
