"""Makes one thing of each kind that a page can have, and returns the ids in their paths."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx

from tests import make
from tests.make import Page, Person
from veza.app.service_registry import create_registry
from veza.app.services import Services
from veza.core.clock import now
from veza.core.ids import ProductId, ProfileId, TrackId, new_id
from veza.core.profiles import PageKind
from veza.core.signed_urls import Resource
from veza.domains.mailings.broadcasts.models import BroadcastForm
from veza.domains.mailings.broadcasts.service import drafts
from veza.domains.marketplace.commissions.models import EntryForm, Step
from veza.domains.marketplace.commissions.service import steps as commissions
from veza.domains.marketplace.invoices import service as invoices
from veza.domains.marketplace.orders.queries.guests import find_delivery
from veza.domains.marketplace.orders.service.guest_orders import GuestDesk
from veza.domains.notifications.by_mail.models import UnsubscribeToken
from veza.domains.notifications.by_mail.rules import sign_token
from veza.domains.notifications.preferences.models import NotificationKind
from veza.domains.shows.models.episodes import EpisodeRef
from veza.domains.shows.service import episodes
from veza.domains.shows.service import keys as show_keys

# Ids by the parameters of paths; `path {parameter}` is of one path alone.
type Things = dict[str, str]

_EXPIRES = 2**40
_CUES = "WEBVTT\n\n00:00.000 --> 00:04.000\nHidden."


async def publish_more(services: Services, page: Page, reader: Person, track_id: TrackId) -> Things:
    """Make what pages have besides music and posts, and what a reader has of the page."""
    return {
        **await _sell(services, page, reader),
        # Only its members have a feed of a show of their own.
        **await _publish_series(services, page, reader, track_id),
        **await _keep_files(services, page),
        **await _sell_to_guest(services, page),
        **await _write_mails(services, page, reader),
        **await _own_label(services, page),
    }


async def _publish_series(
    services: Services, page: Page, reader: Person, track_id: TrackId
) -> Things:
    owner = page.as_owner
    station_id = await make.station(services, owner, [track_id], "Hidden")
    async with services.database.transaction() as tx:
        show_id = await make.show(tx, owner.member, track_id, title="Hidden")
        ref = EpisodeRef(show_id, track_id)
        await episodes.replace_transcript(tx, ref, member=owner.member, content=_CUES)
        chapters = '[{"start_seconds": 0, "title": "Hidden"}]'
        await tx.run(
            "update episodes set chapters = $2::text::jsonb where show_id = $1", show_id, chapters
        )
        await show_keys.make_feed(tx, show_id, reader.member, make.NO_LINKS)
        tomorrow = now() + timedelta(days=1)
        stream_id = await make.stream(tx, owner.member, "Hidden", starts_at=tomorrow)
        recording_id = await make.stream_recording(tx, owner.member, stream_id, "Hidden")
    await make.recorded_sound(services, recording_id)
    clip_id = await make.clip(services, stream_id, owner, "Hidden")
    return {
        "clip_id": str(clip_id),
        "show_id": str(show_id),
        "station_id": str(station_id),
        "playlist_name": "256k.m3u8",
        "recording_id": str(recording_id),
        "/feeds/shows/{name:str}": f"/feeds/shows/{show_id}.xml",
        "/feeds/shows/{show_id:uuid}/{name:str}": f"/feeds/shows/{show_id}/{track_id}.m4a",
        "/feeds/tracks/{name:str}": f"/feeds/tracks/{track_id}.m4a",
    }


async def _keep_files(services: Services, page: Page) -> Things:
    owner = page.as_owner
    file = await make.cloud_file(services, owner, "hidden.wav")
    share = await make.share(services, owner, file)
    async with services.database.transaction() as tx:
        image_id = await make.bare_image(tx, owner.member)
        sql = "update images set used_at = now(), is_public = true where id = $1"
        await tx.run(sql, image_id)
        await tx.run("update profiles set banner_id = $2 where id = $1", page.id, image_id)
        gear_id = await make.gear_in(tx, owner.member)
    document_id = await make.gear_document(services, owner, gear_id)
    shared = "/api/v1/cloud/shared/{token:str}"
    return {
        "file_id": str(file.id),
        shared: f"/api/v1/cloud/shared/{share.token}",
        f"{shared}/download": f"/api/v1/cloud/shared/{share.token}/download",
        "image_id": str(image_id),
        "gear_id": str(gear_id),
        "document_id": str(document_id),
    }


async def _sell(services: Services, page: Page, reader: Person) -> Things:
    owner = page.as_owner
    sent = await make.cloud_file(services, owner, "hidden.wav")
    async with services.database.transaction() as tx:
        products = [await make.product(tx, owner.member, "Hidden") for _ in range(2)]
        bundle_id = await make.bundle(tx, owner.member, *products, title="Hidden")
        order_id = await make.paid_order(
            tx, reader.member, (owner.member, 1200), (owner.member, 700)
        )
        item_id = await make.licence(tx, order_id)
        [invoice] = await invoices.issue_invoices(tx, order_id)
        refund_id = await make.refunded_item(tx, order_id, 1)
        commission_id = await make.commission(tx, reader.member, owner.member)
        form = EntryForm("Hidden.", [sent.id])
        await commissions.say(tx, commission_id, owner.member, Step.MESSAGE, form)
        sql = "select product_id from order_items where order_id = $1 and position = 1"
        sold_id = await tx.value(ProductId, sql, order_id)
        sql = """
            select f.snapshot_id
              from commission_files f join commission_entries e on e.id = f.entry_id
             where e.commission_id = $1
        """
        snapshot_id = await tx.value(UUID, sql, commission_id)
    assert sold_id is not None
    bought_id = await make.product_file(services, owner, sold_id)
    made = await make.membership(services, reader, owner.member)
    signature = services.url_signer.sign(
        Resource.PURCHASED_FILE, order_id, bought_id, expires=_EXPIRES
    )
    commission = "/api/v1/commissions/{commission_id:uuid}/files/{file_id:uuid}"
    file = "/api/v1/marketplace/orders/{order_id:uuid}/downloads/{file_id:uuid}"
    order = f"/api/v1/marketplace/orders/{order_id}"
    return {
        "bundle_id": str(bundle_id),
        "order_id": str(order_id),
        "item_id": str(item_id),
        "invoice_id": str(invoice.id),
        "refund_id": str(refund_id),
        "commission_id": str(commission_id),
        "membership_id": str(made.membership.id),
        commission: f"/api/v1/commissions/{commission_id}/files/{snapshot_id}",
        file: f"{order}/downloads/{bought_id}?expires={_EXPIRES}&signature={signature}",
    }


async def _sell_to_guest(services: Services, page: Page) -> Things:
    owner = page.as_owner
    async with services.database.transaction() as tx:
        order_id = await make.guest_order(tx, f"{new_id().hex}@example.net", (owner.member, 900))
        item_id = await make.licence(tx, order_id)
        delivery = await find_delivery(tx, order_id)
    assert delivery is not None
    link = create_registry(services).get(GuestDesk).link_to(delivery)
    root, guest = "/api/v1/marketplace/guest-orders/{token:str}", "/api/v1/marketplace/guest-orders"
    return {
        root: f"{guest}/{link}",
        **{
            f"{root}/{each}": f"{guest}/{link}/{each}" for each in ("downloads", "gifts", "invoice")
        },
        f"{root}/items/{{item_id:uuid}}/contract": f"{guest}/{link}/items/{item_id}/contract",
    }


async def _write_mails(services: Services, page: Page, reader: Person) -> Things:
    profile_id = ProfileId(page.id)
    async with services.database.transaction() as tx:
        sql = "update users set email_verified_at = now() where id = $1"
        await tx.run(sql, page.owner.id)
        form = BroadcastForm("Hidden", "It is out.")
        broadcast = await drafts.create(tx, profile_id, page.as_owner.member, form)
    token = sign_token(services.url_signer, UnsubscribeToken(reader.id, NotificationKind.FOLLOW))
    return {
        "broadcast_id": str(broadcast.id),
        "/unsubscribe/{token:str}": f"/unsubscribe/{token}",
        "/api/v1/mail-subscriptions/{token:str}": f"/api/v1/mail-subscriptions/{token}",
    }


async def _own_label(services: Services, page: Page) -> Things:
    """Make a label of the owner of the page, and a page that it made for an artist."""
    label = await make.page(services, page.owner, PageKind.LABEL, display_name="Hidden")
    _, token = await make.placeholder(services, label)
    return {"/api/v1/profile-claims/{token:str}": f"/api/v1/profile-claims/{token}"}


async def answer_for(services: Services, page: Page, client: httpx.AsyncClient) -> Things:
    """Report the page, and decide about things of it as staff."""
    owner, reporter = page.as_owner, await make.person(services)
    async with services.database.transaction() as tx:
        taken_id = await make.bare_track(tx, owner.member, "Hidden")
        await make.moderation_case(tx, owner.member)
        notice_id = await make.copyright_notice(tx, owner.member, make.NoticeState.COUNTERED)
        await make.keep_quiet(tx)
    await make.taken_down(services, "track", taken_id)
    form: dict[str, Any] = {"content_type": "user", "content_id": str(page.id), "reason": "Spam."}
    answer = await client.post("reports", headers=reporter.headers, json=form)
    assert answer.is_success, answer.text
    async with services.database.read() as conn:
        sql = "select id from reports where content_id = $1"
        report_id = await conn.value(UUID, sql, page.id)
    return {
        "report_id": str(report_id),
        "notice_id": str(notice_id),
    }
