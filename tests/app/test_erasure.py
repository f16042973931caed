"""Who left is found nowhere any more: in no table, file or cache, but in invoices."""

from pathlib import Path
from typing import Any

import pytest

from tests import sounds
from tests.domains.auth.accounts.people import PASSWORD, bearer, open_client, sign_up
from tests.raw import borrowed
from veza.core.ids import new_id
from veza.domains.live.models.stream_keys import Publisher
from veza.domains.live.service import publishing

pytestmark = pytest.mark.long

type Json = dict[str, Any]

# What tells of somebody for a while, and what forgets it then.
_FOR_A_WHILE = {
    # That their sessions ended, so that every process learns it: an hour.
    "revisions",
    # That their music is gone, so that every process learns it: two hours.
    "catalogue_changes",
}
# What sellers have to show for ten years.
_THE_LAW_WANTS = {"invoices", "seller_tax_details"}

_COLUMNS = """
    select table_name, column_name, data_type = 'bytea' as is_bytes
      from information_schema.columns c
      join information_schema.tables t using (table_schema, table_name)
     where table_schema = 'public' and table_type = 'BASE TABLE'
     order by table_name, ordinal_position
"""


@pytest.fixture
async def client(services, app):
    async with open_client(services, app) as made:
        yield made


class Someone:
    """A member who does what members do, over HTTP."""

    def __init__(self, client, signed_up: Json) -> None:
        self._client = client
        self.id: str = signed_up["user"]["id"]
        self.username: str = signed_up["username"]
        self.email: str = signed_up["email"]
        self.headers = bearer(signed_up["access_token"])

    async def do(self, method: str, path: str, body: Json | None = None, **options: Any) -> Json:
        """Do something that is allowed, and give what came of it."""
        answer = await self._client.request(
            method, path, headers=self.headers, json=body, **options
        )
        assert answer.is_success, (path, answer.text)
        return answer.json()["data"]

    async def become_creator(self) -> None:
        made = await self.do("POST", "users/me/creator")
        self.headers = bearer(made["access_token"])

    @property
    def words(self) -> tuple[str, ...]:
        """What they are found by: with the same name they fill in every form."""
        return (self.username, self.email, self.id, self.id.replace("-", ""), self.street)

    @property
    def street(self) -> str:
        return f"{self.id[-6:]} Quay Street"


async def _upload(person: Someone, path: str, name: str, content: bytes, **data: str) -> Json:
    files = {"file": (name, content)}
    return await person.do("POST", path, files=files, data=data)


async def _sell(seller: Someone, **said: Any) -> str:
    """Have somebody publish a product, with a file of their name."""
    product: Json = {
        "title": "Night Ferry",
        "type": "album",
        "price_cents": 1000,
        "currency": "EUR",
        "description": f"All of it by {seller.username}",
        "licence": f"Ask {seller.email}",
    } | said
    product_id = (await seller.do("POST", "marketplace/products", product))["id"]
    path = f"marketplace/products/{product_id}"
    await _upload(seller, f"{path}/files", f"{seller.username} - Side A.wav", b"wave")
    await seller.do("PUT", path, {"status": "published"})
    return product_id


async def _buy(buyer: Someone, product_id: str, work) -> str:
    """Have somebody order a product, pay for it, and look at the invoice."""
    wanted = {
        "items": [{"product_id": product_id, "quantity": 1}],
        "billing": {"name": buyer.username, "address": buyer.street, "country": "CH"},
    }
    order = await buyer.do("POST", "marketplace/orders", wanted)
    payment = order["payment"]["payment_id"]
    await buyer.do("POST", f"sandbox/payments/{payment}/confirm", {"outcome": "succeeded"})
    await work()
    return order["id"]


async def _connect(client, seller: Someone) -> None:
    """Have a seller say who they are, to us and to the company that pays."""
    profile = {"legal_name": f"{seller.username} Ltd", "address": seller.street, "country": "CH"}
    await seller.do("PUT", "sell/profile", profile)
    url = (await seller.do("POST", "sell/connect/onboard"))["onboarding_url"]
    assert (await client.post(url)).status_code == 200


async def _trade(client, person: Someone, friend: Someone, work, folder: Path) -> str:
    """Sell to a friend and buy from them; give a track that was sold."""
    await _connect(client, person)
    await _connect(client, friend)
    album = await _sell(person, title=f"Best of {person.username}")
    sound = sounds.write(folder / f"{person.username} live.flac", sounds.sine(1))
    uploaded = await _upload(
        person, "tracks", sound.name, sound.read_bytes(), title=f"By {person.username}"
    )
    await work()
    single = await _sell(person, type="track", track_id=uploaded["id"])
    for product_id in (album, single):
        await _buy(friend, product_id, work)
    reviews = f"marketplace/products/{album}/reviews"
    review = await friend.do("POST", reviews, {"rating": 5, "comment": "Lovely"})
    thanks = {"answer": f"Thanks, says {person.username}"}
    await person.do("PUT", f"{reviews}/{review['id']}/answer", thanks)
    others = await _sell(friend)
    order_id = await _buy(person, others, work)
    told = {"rating": 2, "comment": f"{person.username} heard better"}
    await person.do("POST", f"marketplace/products/{others}/reviews", told)
    wish = {"reason": f"Not for {person.username}", "details": person.email}
    await person.do("POST", f"marketplace/orders/{order_id}/refund", wish)
    pending = {"items": [{"product_id": await _sell(friend), "quantity": 1}]}
    headers = person.headers | {"Idempotency-Key": f"key of {person.username}"}
    answer = await client.post("marketplace/orders", json=pending, headers=headers)
    assert answer.status_code == 201, answer.text
    await work()
    return uploaded["id"]


async def _talk(person: Someone, friend: Someone) -> None:
    """Be in all places where members meet, and be told of."""
    posted = await friend.do("POST", "social/posts", {"content": "Out now"})
    own = await person.do("POST", "social/posts", {"content": f"I am {person.username}"})
    for one, post in ((person, posted), (friend, own)):
        await one.do("POST", "social/like", {"post_id": post["id"]})
        said = {"post_id": post["id"], "content": f"Heard by {one.username}"}
        comment = await one.do("POST", "social/comments", said)
        await person.do("POST", "social/comments", said | {"parent_id": comment["id"]})
    await person.do("POST", "social/posts", {"content": f"With @{friend.username}"})
    for members, kind in (([friend.id], "direct"), ([friend.id], "group")):
        wish = {"type": kind, "member_ids": members}
        talk = await person.do("POST", "conversations", wish)
        path = f"conversations/{talk['id']}/messages"
        message = await person.do("POST", path, {"content": f"Yours, {person.username}"})
        answer = await friend.do("POST", path, {"content": "Hello there"})
        for one in (message, answer):
            await person.do("POST", f"{path}/{one['id']}/reactions", {"emoji": "🔥"})
    for one, other in ((person, friend), (friend, person)):
        await one.do("POST", f"users/{other.id}/follow")
        accused = {"content_type": "user", "content_id": other.id, "reason": "x"}
        await one.do("POST", "reports", accused | {"reason": f"{one.username} is cross"})
    await friend.do("POST", f"users/{person.id}/mute")
    reported = {"content_type": "post", "content_id": own["id"], "reason": "Loud"}
    await friend.do("POST", "reports", reported)


async def _broadcast(services, person: Someone, friend: Someone) -> None:
    """Be on air, and talk there."""
    stream = await person.do("POST", "live/streams", {"title": f"{person.username} tonight"})
    key = (await person.do("GET", "live/streams/me/key"))["stream_key"]
    async with services.database.transaction() as tx:
        await publishing.publish(tx, services.live, Publisher(key, "7"))
    room = f"conversations/{stream['conversation_id']}"
    await friend.do("POST", f"{room}/join")
    await friend.do("POST", f"{room}/messages", {"content": "Louder"})
    await person.do("POST", f"{room}/messages", {"content": f"Hello from {person.username}"})


async def _own(client, person: Someone, friend: Someone, folder: Path) -> None:
    """Keep what is one's own."""
    bass = {"name": f"The bass of {person.username}", "notes": person.email}
    gear_id = (await person.do("POST", "inventory/gear", bass))["id"]
    mended: Json = {"repair_date": "2026-02-15", "description": f"For {person.username}"}
    path = f"inventory/gear/{gear_id}"
    repair = await person.do(
        "POST", f"{path}/repairs", mended | {"cost_cents": 1, "currency": "EUR"}
    )
    receipt = f"%PDF-1.7 {person.street}".encode()
    name = f"{person.username}.pdf"
    await _upload(
        person, f"{path}/documents", name, receipt, type="invoice", repair_id=repair["id"]
    )
    kept = await _upload(person, "cloud/files", name, receipt, folder=person.username)
    await person.do("POST", f"cloud/files/{kept['id']}/share", {"permissions": "read"})
    talk = {"type": "direct", "member_ids": [friend.id]}
    told = f"conversations/{(await person.do('POST', 'conversations', talk))['id']}/messages"
    await person.do("POST", told, {"content": "Here it is", "file_id": kept["id"]})
    content = {"content": f"{person.email} {person.street}".encode()}
    await person.do("PUT", f"cloud/files/{kept['id']}/content", **content)
    picture = sounds.picture(folder / f"{person.username}.png", width=32, height=32)
    await _upload(person, "images", picture.name, picture.read_bytes())
    await person.do("PUT", "users/me", {"bio": f"I am {person.username}, {person.street}"})
    await person.do("POST", "developer/api-keys", {"name": person.username, "scopes": ["read"]})
    for path in ("auth/password/forgot", "auth/login"):
        body = {"email": person.email, "password": "wrong"}
        await client.post(path, json=body)
    await person.do("POST", "users/me/export")


async def _find(services, word: str) -> set[str]:
    """The tables in which a word stands, in whichever column, in bytes too."""
    async with borrowed(services) as raw:
        tables: dict[str, list[str]] = {}
        for column in await raw.fetch(_COLUMNS):
            name = f'"{column["column_name"]}"'
            text = f"encode({name}, 'escape')" if column["is_bytes"] else f"{name}::text"
            tables.setdefault(column["table_name"], []).append(text)
        return {
            table
            for table, texts in tables.items()
            if await raw.fetchval(
                f"select exists (select from {table} where position(lower($1) in"
                f" lower(concat_ws(' ', {', '.join(texts)}))) > 0)",
                word,
            )
        }


def _find_stored(services, words: tuple[str, ...]) -> list[str]:
    """The files stored, or written as mails, that hold one of some words or are named by it."""
    places = [services.settings.data_dir / name for name in ("media", "mail")]
    files = [path for place in places for path in place.rglob("*") if path.is_file()]
    sought = [word.encode().lower() for word in words]
    return [
        str(path)
        for path in files
        if any(word in str(path).encode().lower() + path.read_bytes().lower() for word in sought)
    ]


async def _find_cached(services, words: tuple[str, ...]) -> set[str]:
    """The keys in the cache that hold one of some words, or have it in their names."""
    found: set[str] = set()
    async for key in services.valkey.scan_iter():
        content = f"{key!r} {await services.valkey.dump(key)!r}".lower()
        if any(word.lower() in content for word in words):
            found.add(str(key))
    return found


async def test_who_left_is_found_nowhere(services, client, work, tmp_path):
    person, friend = [
        Someone(client, await sign_up(client, username=f"{name}{new_id().hex[-12:]}"))
        for name in ("Leaving", "Staying")
    ]
    for one in (person, friend):
        await one.become_creator()
    track_id = await _trade(client, person, friend, work, tmp_path)
    await _talk(person, friend)
    await _broadcast(services, person, friend)
    await _own(client, person, friend, tmp_path)
    await work()
    for word in person.words:
        assert await _find(services, word) or "-" not in word, f"This would be found: {word}"
    assert any("/mail/" in path for path in _find_stored(services, (person.email,)))

    await person.do("DELETE", "users/me", {"password": PASSWORD})
    await work()

    spared = _FOR_A_WHILE | _THE_LAW_WANTS
    found = {word: await _find(services, word) - spared for word in person.words}
    assert not any(found.values()), found
    # A receipt that a buyer got names the seller; its copy goes after a week.
    own = f"-{friend.id}.eml"
    assert [each for each in _find_stored(services, person.words) if not each.endswith(own)] == []
    assert await _find_cached(services, person.words) == set()
    heard = await client.get(f"tracks/{track_id}/download", headers=friend.headers)
    assert heard.status_code == 200
