"""Personal data over all domains: handed out whole, erased whole, and nobody else's touched."""

from datetime import timedelta

import msgspec

from tests import make
from tests.domains.platform.audit.vault_steps import deed
from veza.app.domains import PERSONAL_DATA
from veza.core.access import Member, Role, session_of
from veza.core.ids import (
    ConversationId,
    OrderId,
    ProductId,
    RefundId,
    StreamClipId,
    TrackId,
    new_id,
)
from veza.core.keyed_request import KeyedRequest
from veza.core.profiles import PageKind, ProfileRole
from veza.domains.listening.queries import insert_room
from veza.domains.marketplace.commissions.models import EntryForm, Step
from veza.domains.marketplace.commissions.service import steps as commissions
from veza.domains.marketplace.contracts import service as contracts
from veza.domains.marketplace.discounts import service as discounts
from veza.domains.marketplace.invoices import service as invoices
from veza.domains.marketplace.ledger import service as ledger
from veza.domains.marketplace.products import service as products
from veza.domains.marketplace.refunds.models import RefundClaim, RefundForm
from veza.domains.marketplace.refunds.service import requested_refunds
from veza.domains.marketplace.sandbox import queries as sandbox
from veza.domains.marketplace.sandbox.models import LaterCharges
from veza.domains.marketplace.splits import service as splits
from veza.domains.marketplace.splits.models import SplitForm, SplitPartForm, SplitTarget
from veza.domains.marketplace.tax_reports import service as tax_reports
from veza.domains.marketplace.tax_reports.models import SellerKind, SellerTaxDetails
from veza.domains.music.credits.models import ArtistForm, CreditedProfile, CreditForm, CreditRole
from veza.domains.music.tracks.models.forms import TrackChange
from veza.domains.music.tracks.service import track_changes, track_search
from veza.domains.notifications.inbox import service as notifications
from veza.domains.notifications.inbox.models import NewNotification
from veza.domains.notifications.preferences.models import NotificationKind
from veza.domains.platform.audit import service as audit
from veza.domains.platform.idempotency.queries import lease_key
from veza.domains.platform.uploads.shared_queries import list_mismatches
from veza.domains.profiles.models.profiles import PageForm, PageSettings
from veza.domains.profiles.queries.members import insert_member
from veza.domains.profiles.service.pages import create_page
from veza.infra.payments.provider import PaymentRequest, derive_customer_id
from veza.infra.postgres.database import Tx


async def _give_sealed_keys(tx: Tx, member: Member) -> None:
    sql = (
        "insert into app_passwords (id, user_id, name, password_hash, sealed, sealed_with)"
        " values ($1, $2, 'My phone', $3, 'sealed', 1)"
    )
    await tx.run(sql, new_id(), member.id, member.id.bytes * 2)
    sql = "insert into stream_keys values ($1, $2, 'sealed', 1)"
    await tx.run(sql, member.id, member.id.bytes * 2)
    sql = """
        insert into restream_targets (id, owner_id, name, url, sealed, sealed_with, is_enabled,
                                      sends_private)
             values ($1, $2, 'Elsewhere', 'rtmp://live.example.org:1935/app', 'sealed', 1, true,
                     false)
    """
    await tx.run(sql, new_id(), member.id)
    await _give_factors(tx, member)
    await _give_identities(tx, member)
    await _give_invitations(tx, member)
    await _give_roles(tx, member)


async def _give_sandbox(tx: Tx, member: Member) -> None:
    """Open an account in the sandbox, and pay something there, which keeps the method."""
    await sandbox.insert_account(tx, f"acct_{member.id}", f"account:{member.id}")
    first = PaymentRequest(
        f"p_{member.id}",
        500,
        "EUR",
        "",
        customer_id=derive_customer_id(member.id),
        keeps_method=True,
    )
    await sandbox.insert_payment(tx, first, "secret")
    await sandbox.insert_method(tx, first.id, f"pm_{member.id}", LaterCharges.SUCCEEDED)


async def _give_roles(tx: Tx, member: Member) -> None:
    """Make pages of another, one of which the member edits, and invite them to both."""
    owner, _ = await make.member_in(tx)
    role = ProfileRole.EDITOR
    for handle in (f"a{member.id.hex[-20:]}", f"b{member.id.hex[-20:]}"):
        form = PageForm(PageKind.BAND, handle)
        page = await create_page(tx, PageSettings(0, for_creators=False), owner, form)
    await insert_member(tx, page.id, member.id, role=role, is_shown=True)
    await tx.run("insert into former_members values ($1, $2, now())", owner.id, member.id)
    sql = """
        insert into profile_invitations (id, profile_id, invited_by, user_id, role, expires_at)
             select gen_random_uuid(), m.profile_id, m.user_id, $2, 'editor', now() + '1 day'
               from profile_members m
              where m.user_id = $1
    """
    await tx.run(sql, owner.id, member.id)
    sql = """
        insert into profile_claims (profile_id, email, expires_at)
             select $1, email, now() + interval '1 day' from users where id = $2
    """
    await tx.run(sql, page.id, member.id)


async def _give_identities(tx: Tx, member: Member) -> None:
    await make.identity(tx, member.id)
    sql = """
        insert into openid_attempts (token_hash, provider, network, session_id, next_path,
                                     expires_at)
             values ($1, 'community', '::', $2, '/', now())
    """
    await tx.run(sql, member.id.bytes * 2, session_of(member))


async def _give_invitations(tx: Tx, member: Member) -> None:
    sql = "insert into sign_up_requests (user_id, message) values ($1, 'well introduced')"
    await tx.run(sql, member.id)
    sql = """
        insert into invitations (id, code, created_by, max_uses, expires_at)
             values ($1, repeat('a', 24), $2, 1, now())
    """
    await tx.run(sql, new_id(), member.id)
    guest, _ = await make.member_in(tx)
    sql = "insert into invited_members (user_id, invited_by) values ($1, null), ($2, $1)"
    await tx.run(sql, member.id, guest.id)


async def _give_factors(tx: Tx, member: Member) -> None:
    await make.passkey_in(tx, member.id)
    sql = "insert into factor_recoveries (user_id, reason, due_at) values ($1, 'Lost.', now())"
    await tx.run(sql, member.id)
    sql = (
        "insert into passkey_challenges (challenge_hash, purpose, user_id, expires_at)"
        " values ($1, 'step_up', $2, now())"
    )
    await tx.run(sql, new_id().bytes * 2, member.id)
    sql = "insert into totp_factors (user_id, sealed, sealed_with) values ($1, 'sealed', 1)"
    await tx.run(sql, member.id)
    sql = "insert into recovery_codes (code_hash, user_id) values ($1, $2)"
    await tx.run(sql, member.id.bytes * 2, member.id)
    sql = (
        "insert into login_challenges (token_hash, user_id, password_digest, expires_at)"
        " values ($1, $2, $1, now())"
    )
    await tx.run(sql, member.id.bytes * 2, member.id)


async def _add_mailings(tx: Tx, member: Member, other: Member) -> None:
    """Broadcasts of each to somebody and the other way, who chose mail; an address that failed."""
    friends = [(each, (await make.member_in(tx))[0]) for each in (member, other)]
    for sender, reader in [*friends, *((friend, each) for each, friend in friends)]:
        sql = """
            insert into mail_subscriptions (id, profile_id, user_id, source, status, confirmed_at,
                                            network, text_version)
                 values ($1, $2, $3, 'member', 'confirmed', now(), '192.0.2.9', 1)
        """
        await tx.run(sql, new_id(), sender.id, reader.id)
        broadcast_id = new_id()
        sql = """
            insert into broadcasts (id, profile_id, author_id, audience, language, subject, text,
                                    status, send_at, started_at, recipients_count)
                 values ($1, $2, $2, 'all', 'en', 'well mailed', 'Hello', 'sending', now(), now(),
                         1)
        """
        await tx.run(sql, broadcast_id, sender.id)
        sql = """
            insert into broadcast_recipients (broadcast_id, address_hash, user_id)
                 values ($1, $2, $3)
        """
        await tx.run(sql, broadcast_id, reader.id.bytes * 2, reader.id)
        sql = """
            insert into mail_suppressions (address_hash, failures)
                 select sha256(convert_to(email_key, 'UTF8')), 1 from users where id = $1
            on conflict do nothing
        """
        await tx.run(sql, sender.id)


async def _add_splits(tx: Tx, member: Member) -> None:
    """Make a member a party of a sale by another one, and of proposed splits."""
    owner, _ = await make.member_in(tx, Role.CREATOR)
    product_id = await make.product(tx, owner, "Night Ferry")
    await make.split(tx, owner, product_id, {owner: 5000, member: 5000})
    target = SplitTarget(profile_id=member.id)
    await splits.propose(tx, target, member, SplitForm([SplitPartForm(owner.id, 10_000)]))
    sql = "insert into default_split_parts values ($1, 1, $2, 10000)"
    await tx.run(sql, owner.id, member.id)
    await tx.run(sql, member.id, owner.id)
    buyer, _ = await make.member_in(tx)
    await make.paid_order(tx, buyer, (owner, 1000), parts={owner: 5000, member: 5000})


async def _say(tx: Tx, member: Member, track_ids: list[TrackId], other: Member) -> None:
    """Create comments, a late play and a like of a comment by a member, and prints of tracks."""
    printed = "insert into track_prints (track_id, length, words) values ($1, 1, $2)"
    said = "insert into track_comments (id, track_id, author_id, content) values ($1, $2, $3, $4)"
    for track_id in track_ids:
        await tx.run(said, new_id(), track_id, member.id, "well said")
        await tx.run(printed, track_id, b"four")
    comment_id = new_id()
    await tx.run(said, comment_id, track_ids[-1], other.id, "said by another")
    await tx.run("update track_comments set likes_count = 1 where id = $1", comment_id)
    like = "insert into track_comment_likes (comment_id, user_id) values ($1, $2)"
    await tx.run(like, comment_id, member.id)
    late = (
        "insert into late_plays (user_id, track_id, played_at, network) values ($1, $2, now(), '')"
    )
    await tx.run(late, member.id, track_ids[-1])


async def _make_life(tx: Tx, other: Member) -> Member:
    """Make a member with something in every table."""
    member, _ = await make.member_in(tx, Role.CREATOR)
    said = {"description": "well described", "likes_count": 1, "comments_count": 1}
    own = await make.bare_track(tx, member, "Own", **said)
    others = await make.bare_track(tx, other, "Others", likes_count=1, comments_count=1)
    for track in (own, others):
        await tx.run("insert into track_likes values ($1, $2)", track, member.id)
        await tx.run(
            "insert into track_plays (track_id, listener, user_id) values ($1, $2, $3)",
            track,
            f"u:{member.id}",
            member.id,
        )
    await _say(tx, member, [own, others], other)
    await tx.run(
        "insert into track_media (track_id, filename, original_kind, original_size, original_hash)"
        " values ($1, 'well heard.flac', 'flac', 1, repeat('0', 64))",
        own,
    )
    for track, text in ((own, "well sung"), (others, "Others")):
        await tx.run("insert into track_lyrics (track_id, plain) values ($1, $2)", track, text)
    await track_search.index_tracks(tx, [own, others])
    await make.library(tx, member, others, "well remembered")
    await _add_collections(tx, (member, own), (other, others))
    await tx.run("insert into exports (id, user_id) values ($1, $2)", new_id(), member.id)
    await tx.run("insert into pending_deletions (user_id, due_at) values ($1, now())", member.id)
    await tx.run(
        "insert into staff_erasures (id, reason, decided_by) values ($1, 'well decided', $2)",
        new_id(),
        member.id,
    )
    await _add_reports(tx, member, other)
    await _add_notifications(tx, member, other)
    await audit.record(tx, [deed(member.id), deed(other.id)])
    await tx.run("insert into refresh_tokens values ($1, $2, now())", b"h" * 32, member.session_id)
    await make.key_in(tx, member.id)
    await tx.run(
        "insert into email_tokens (user_id, purpose, token_hash, email, expires_at)"
        " values ($1, 'email_verification', $2, 'me@example.com', now() + interval '1 hour')",
        member.id,
        b"t" * 32,
    )
    await _add_relations(tx, member)
    await ledger.get_or_create_subject(tx, member.id)
    await _give_sandbox(tx, member)
    await lease_key(tx, new_id(), KeyedRequest(member.id, "a key", b"f" * 32))
    logo = await make.bare_image(tx, member)
    await tx.run("update site_profile set logo_id = $1", logo)
    await _add_seller(tx, member)
    await _add_gear(tx, member)
    await _add_products(tx, member)
    for owner in (member, other):
        await _add_file(tx, owner)
    await make.review(tx, member, await make.product(tx, other, "Others"), 2, "well bought")
    await _add_posts(tx, member, other)
    await _add_talk(tx, member)
    sent = await make.stream(tx, member, "well sent")
    await make.stream_recording(tx, member, sent, "well recorded")
    await make.clip_in(tx, StreamClipId(new_id()), sent, member, "well clipped")
    await _give_sealed_keys(tx, member)
    bought = await make.paid_order(tx, member, (other, 1000))
    await _add_codes(tx, member, other, bought)
    sql = "insert into flag_clearances (id, order_id, cleared_by, reason) values ($1, $2, $3, $4)"
    await tx.run(sql, new_id(), bought, member.id, "Settled by hand")
    await _issue_documents(tx, bought)
    claim = RefundClaim(RefundForm("well returned"), timedelta(days=30))
    await requested_refunds.request_refund(
        tx, bought, member, refund_id=RefundId(new_id()), claim=claim
    )
    await _add_sale(tx, member, other)
    for owner in (member, other):
        await _begin_uploads(tx, owner)
    # What is counted is counted at the commit.
    await tx.column(str, "set constraints all immediate")
    await tx.column(str, "set constraints all deferred")
    return member


async def _issue_documents(tx: Tx, order_id: OrderId) -> None:
    """Issue the invoices of an order, and the contract of a licence in it."""
    await invoices.issue_invoices(tx, order_id)
    await make.licence(tx, order_id)
    await contracts.issue_contracts(tx, order_id)


async def _begin_uploads(tx: Tx, owner: Member) -> None:
    """Begin an upload in one request, and one that may be continued."""
    sql = """
        insert into uploads (id, owner_id, kind, folder, reserved_bytes, reserved_until)
             values ($1, $2, 'files', 'blobs', 4, now())
    """
    await tx.run(sql, new_id(), owner.id)
    sql = """
        with upload as (
            insert into resumable_uploads (id, owner_id, purpose, metadata, length_bytes,
                                           expires_at)
                 values ($1, $2, 'track', 'filename d2VsbCBiZWd1bg==', 4,
                         now() + interval '1 day')
              returning id
        )
        insert into resumable_segments (id, upload_id, first_byte, size_bytes)
             select id, id, 0, 2 from upload
    """
    await tx.run(sql, new_id(), owner.id)


async def _add_codes(tx: Tx, member: Member, seller: Member, order_id: OrderId) -> None:
    """Codes of another seller that the member used for an order, and an order as a guest."""
    await _add_discounts(tx, member, seller, order_id)
    await _give(tx, order_id)
    await _support(tx, member, seller, order_id)
    await _tip(tx, member, order_id)
    await _commission(tx, member, seller)
    claimed = await make.guest_order(tx, "me@example.com", (seller, 700))
    sql = "update orders set buyer_id = (select buyer_id from orders where id = $2) where id = $1"
    await tx.run(sql, claimed, order_id)
    product_id = await make.product(tx, seller, "Others")
    await make.code_batch(tx, seller, product_id)
    sql = """
        update download_codes c
           set redeemed_at = now(),
               item_id = (select id from order_items where order_id = $2 limit 1)
          from code_batches b
         where b.id = c.batch_id and b.product_id = $1
    """
    await tx.run(sql, product_id, order_id)


async def _tip(tx: Tx, member: Member, order_id: OrderId) -> None:
    """The jar of the member, and a tip that they gave."""
    await make.tip_jar(tx, member, thanks="well thanked")
    sql = """
        with line as (
            insert into order_items (order_id, position, id, kind, seller_subject, title, licence,
                                     minimum_cents, reduced_cents, price_cents, fee_cents,
                                     net_cents)
                 values ($1, 90, $2, 'tip', gen_random_uuid(), 'Nora', '', 50, 0, 500, 50, 450)
        )
        insert into tips (item_id, message) values ($2, 'well tipped')
    """
    await tx.run(sql, order_id, new_id())


async def _commission(tx: Tx, member: Member, other: Member) -> None:
    """A service that the member ordered, and one that they make, with words and a file."""
    ordered = await make.commission(tx, member, other)
    made = await make.commission(tx, other, member)
    file_id = await make.bare_file(tx, member)
    form = EntryForm("well asked", [file_id])
    await commissions.say(tx, ordered, member, Step.BRIEF, form)
    await commissions.say(tx, made, member, Step.MESSAGE, EntryForm("well answered"))


async def _give(tx: Tx, order_id: OrderId) -> None:
    """A gift that the member bought for somebody."""
    sql = """
        insert into gifts (item_id, recipient, sender_name, message, language, send_at)
             select id, 'maren@example.com', 'Me', 'well given', 'en', now()
               from order_items where order_id = $1 limit 1
    """
    await tx.run(sql, order_id)


async def _support(tx: Tx, member: Member, profile: Member, order_id: OrderId) -> None:
    """A tier of the member, and their membership of another profile, with a paid period."""
    await make.tier(tx, member, "well supported")
    tier = await make.tier(tx, profile, "well joined")
    sql = """
        with membership as (
            insert into memberships (id, member_id, profile_id, currency, state, tier_id,
                                     tier_name, interval, price_cents, anchor_day, last_number,
                                     started_at, paid_until, access_until, provider, customer_id)
                 values ($4, $1, $2, 'EUR', 'active', $3, 'well joined', 'month', 500, 1, 1, now(),
                         now(), now(), 'sandbox', 'c')
        ), line as (
            insert into order_items (order_id, position, id, kind, seller_subject, title, licence,
                                     minimum_cents, reduced_cents, price_cents, fee_cents,
                                     net_cents)
                 values ($5, 91, $6, 'membership', gen_random_uuid(), 'Gold', '', 50, 0, 500, 50,
                         450)
        )
        insert into membership_periods (item_id, membership_id, number, kind, tier_name, interval,
                                        price_cents, keeps_method)
             values ($6, $4, 1, 'start', 'Gold', 'month', 500, true)
    """
    await tx.run(sql, member.id, profile.id, tier.id, new_id(), order_id, new_id())


async def _add_discounts(tx: Tx, member: Member, seller: Member, order_id: OrderId) -> None:
    """A discount of the member for one of their products, and their use of another seller's."""
    product_id = await make.product(tx, member, "Mine")
    await make.discount(tx, member, "WELL-REDUCED", product_ids=[product_id])
    used = await make.discount(tx, seller, "OTHERS")
    await discounts.reserve(tx, order_id, used.id)
    sql = "insert into order_places (order_id, kind, country) values ($1, 'declared', 'CH')"
    await tx.run(sql, order_id)
    sql = """
        insert into order_item_reductions (item_id, position, cause, reference_id, label,
                                           amount_cents)
             select id, 1, 'code', $2, 'OTHERS', 1 from order_items where order_id = $1
    """
    await tx.run(sql, order_id, used.id)


async def _add_collections(
    tx: Tx, mine: tuple[Member, TrackId], theirs: tuple[Member, TrackId]
) -> None:
    """Playlists and releases of the member, of others with the member, and similar tracks."""
    member, track_id = mine
    other, others_track = theirs
    own, _ = await make.playlist(tx, member, "well ordered", track_id)
    await tx.run("insert into playlist_shares (playlist_id) values ($1)", own)
    sql = "insert into artist_ratings (user_id, artist_id, rating) values ($1, $2, 5)"
    await tx.run(sql, member.id, other.id)
    await tx.run("insert into ended_relations (user_id) values ($1)", member.id)
    shared, _ = await make.playlist(tx, other, "Others", others_track)
    await tx.run("insert into playlist_editors values ($1, $2)", shared, member.id)
    stream_id = await make.stream(tx, other, "Others", audience="named")
    sql = "insert into stream_guests (stream_id, user_id, is_named) values ($1, $2, true)"
    await tx.run(sql, stream_id, member.id)
    sql = "insert into stream_reminders (stream_id, user_id) values ($1, $2)"
    await tx.run(sql, stream_id, member.id)
    sql = "insert into calendar_feeds (user_id, key) values ($1, $2)"
    await tx.run(sql, member.id, new_id())
    sql = "update playlist_entries set added_by = $2 where playlist_id = $1"
    await tx.run(sql, shared, member.id)
    await make.bare_station(tx, member.id, "well rotated")
    asked = await make.bare_station(tx, other.id, "Others")
    await make.station_request(tx, asked, others_track, member.id)
    await make.show(tx, member, track_id, title="well spoken")
    sql = "insert into episode_transcripts (track_id, content) values ($1, 'WEBVTT')"
    await tx.run(sql, track_id)
    sql = "insert into episode_downloads values ($1, current_date, gen_random_uuid(), 3)"
    await tx.run(sql, track_id)
    show_id = await make.show(tx, other, others_track, title="Others")
    sql = "insert into show_keys (show_id, member_id, key_hash) values ($1, $2, $3)"
    await tx.run(sql, show_id, member.id, show_id.bytes * 2)
    await make.show_import(tx, member.id)
    release_id = await make.release(tx, member, "well released", track_id)
    await make.archive(tx, release_id)
    await _mark_releases(tx, member)
    credit = CreditForm(CreditRole.PERFORMER, "well credited", CreditedProfile(member.id), "guest")
    others_release = await make.release(tx, other, "Others", others_track, credits=[credit])
    named = [ArtistForm("well named", CreditedProfile(member.id), " & "), ArtistForm("Somebody")]
    change = TrackChange(artists=named, credits=[credit])
    await track_changes.update_track(tx, others_track, other, change, make.NO_LINKS)
    await make.archive(tx, others_release, member, other)
    await make.similarities(tx, mine, theirs)
    for artist, track in (mine, theirs):
        await make.statistics(tx, artist, track)


async def _add_sale(tx: Tx, member: Member, buyer: Member) -> None:
    """Make sales of the member, which were paid out and in part reversed.

    Sales of others that the member has a part of are added as well.
    """
    await _add_splits(tx, member)
    await _add_mailings(tx, member, buyer)
    order_id = await make.paid_order(tx, buyer, (member, 1000))
    await invoices.issue_invoices(tx, order_id)
    transfer_id = await make.paid_out(tx, member, order_id)
    sql = """
        insert into transfer_reversals (id, transfer_id, amount_cents, status)
             values ($1, $2, 100, 'failed')
    """
    await tx.run(sql, new_id(), transfer_id)


async def _add_posts(tx: Tx, member: Member, other: Member) -> None:
    """A post that says so, with an image; likes and comments of it and of another's."""
    own = await make.post(tx, member, "well posted", likes_count=1)
    others = await make.post(tx, other, "Others", likes_count=1)
    for post in (own, others):
        comment = (
            "insert into post_comments (id, post_id, author_id, content) values ($1, $2, $3, $4)"
        )
        await tx.run(comment, new_id(), post, member.id, "well replied")
        await tx.run("update posts set comments_count = 1 where id = $1", post)
        await tx.run("insert into post_likes values ($1, $2)", post, member.id)
    sql = "insert into images (id, owner_id, width, height, size_bytes, palette)"
    sql += " values ($1, $2, 1, 1, 1, '{0,0,0,0}')"
    image = new_id()
    await tx.run(sql, image, member.id)
    await tx.run("insert into post_images values ($1, $2, 0)", own, image)


async def _add_products(tx: Tx, member: Member) -> None:
    """A product that nobody ordered, and one that somebody did, each with a file."""
    for title in ("well sold", "well kept"):
        product = await make.product(tx, member, title)
        sql = """
            insert into product_files (id, product_id, name, size_bytes, content_type, sha256,
                                       position)
                 values ($1, $2, 'a.wav', 4, 'audio/wav', repeat('0', 64), 0)
        """
        await tx.run(sql, new_id(), product)
        await tx.run("insert into product_prices values ($1, 'CHF', 99)", product)
    await products.lock_for_sale(tx, [product])
    await _add_variant(tx, product)
    await make.code_batch(tx, member, product, "well printed")
    other = await make.product(tx, member, "Another")
    await make.bundle(tx, member, product, other, title="well bundled")


async def _add_variant(tx: Tx, product_id: ProductId) -> None:
    """Have a product sold as a lease with its files."""
    sql = """
        insert into product_variants (id, product_id, position, kind, title, price_cents,
                                      includes_contents, terms, credit_line, clauses)
             values ($1, $2, 1, 'lease', 'leased well', 500, false, '{}', '', '')
    """
    variant_id = new_id()
    await tx.run(sql, variant_id, product_id)
    sql = """
        insert into product_variant_files (variant_id, file_id, product_id)
             select $1, id, product_id from product_files where product_id = $2
    """
    await tx.run(sql, variant_id, product_id)


async def _add_file(tx: Tx, owner: Member) -> None:
    """A file with two versions of a content that others have too, sent once, and a link to it."""
    file, content = new_id(), "c" * 64
    sql = """
        insert into blobs as b (sha256, id, size_bytes, refs) values ($1, $2, 4, 3)
        on conflict (sha256) do update set refs = b.refs + 3, orphaned_at = null
    """
    await tx.run(sql, content, new_id())
    sql = """
        insert into files (id, owner_id, name, search_text, version)
             values ($1, $2, 'well kept.wav', 'well kept.wav', 2)
    """
    await tx.run(sql, file, owner.id)
    sql = """
        insert into file_versions (id, file_id, version, sha256, size_bytes, content_type)
             select gen_random_uuid(), $1, n, $2, 4, 'audio/wav' from generate_series(1, 2) n
    """
    await tx.run(sql, file, content)
    sql = """
        insert into file_snapshots (id, owner_id, name, sha256, size_bytes, content_type)
             values ($1, $2, 'well sent.wav', $3, 4, 'audio/wav')
    """
    await tx.run(sql, new_id(), owner.id, content)
    sql = """
        insert into file_shares (id, file_id, token_hash, permissions, password_hash, expires_at)
             values ($1, $2, $3, 'read', '$argon2id$', now() + interval '1 hour')
    """
    await tx.run(sql, new_id(), file, new_id().bytes * 2)


async def _add_seller(tx: Tx, member: Member) -> None:
    await tx.run("insert into sellers (user_id, legal_name) values ($1, 'Own Ltd')", member.id)
    details = SellerTaxDetails(SellerKind.PERSON, tax_id="well taxed")
    await tax_reports.change_details(tx, member, details)
    sql = "insert into payout_accounts (user_id, provider, account_ref) values ($1, 'x', $2)"
    await tx.run(sql, member.id, f"acct_{member.id}")


async def _add_gear(tx: Tx, member: Member) -> None:
    """An item with a repair, which has a document."""
    gear = await make.gear_in(tx, member, notes="well played")
    repair = await make.repair_in(tx, member, gear, "well mended")
    sql = """
        insert into gear_documents (id, gear_id, repair_id, type, name, content_type, size_bytes,
                                    sha256)
             values ($1, $2, $3, 'invoice', 'well paid.pdf', 'application/pdf', 8, repeat('0', 64))
    """
    await tx.run(sql, new_id(), gear, repair)


async def _add_talk(tx: Tx, member: Member) -> None:
    """A conversation of two, where the member said something and reacted to it."""
    friend, _ = await make.member_in(tx)
    talk, message, image = new_id(), new_id(), new_id()
    sql = """
        insert into conversations (id, type, is_private, first_user_id, second_user_id,
                                   members_count, last_seq, last_number)
             values ($1, 'direct', true, $2, $3, 2, 2, 1)
    """
    await tx.run(sql, talk, *sorted([member.id, friend.id]))
    sql = "insert into conversation_members (conversation_id, user_id) values ($1, $2)"
    for each in (member, friend):
        await tx.run(sql, talk, each.id)
    sql = """
        insert into messages (id, conversation_id, seq, number, sender_id, content, reactions)
             values ($1, $2, 1, 1, $3, 'well sung', '[["🔥", 1]]')
    """
    await tx.run(sql, message, talk, member.id)
    sql = "insert into images (id, owner_id, width, height, size_bytes, palette)"
    sql += " values ($1, $2, 1, 1, 1, '{0,0,0,0}')"
    await tx.run(sql, image, member.id)
    await tx.run("insert into message_images values ($1, 0, $2)", message, image)
    room = await insert_room(tx, ConversationId(talk), member.id, ends_conversation=False)
    assert room is not None
    sql = "insert into message_files select $1, id from file_snapshots where owner_id = $2"
    await tx.run(sql, message, member.id)
    await tx.run("insert into message_reactions values ($1, $2, '🔥')", message, member.id)
    sql = """
        insert into conversation_events (conversation_id, seq, type, message_id, actor_id, emoji,
                                         is_added)
             values ($1, 2, 'reaction', $2, $3, '🔥', true)
    """
    await tx.run(sql, talk, message, member.id)


async def _add_relations(tx: Tx, member: Member) -> None:
    """A follow, a block and a mute in each direction."""
    friend, _ = await make.member_in(tx)
    for one, another in ((member, friend), (friend, member)):
        for table in ("follows", "blocks", "mutes"):
            await tx.run(f"insert into {table} values ($1, $2)", one.id, another.id)
        await tx.run("insert into follow_counts values ($1, 1, 1)", one.id)


async def _mark_releases(tx: Tx, member: Member) -> None:
    for table, columns, value in (
        ("release_likes", "(user_id, release_id)", ""),
        ("release_ratings", "(user_id, release_id, rating)", ", 4"),
    ):
        sql = (
            f"insert into {table} {columns} select $1, id{value} from releases where owner_id = $1"
        )
        await tx.run(sql, member.id)


async def _add_reports(tx: Tx, member: Member, other: Member) -> None:
    """A report about the member, one by them of another, what they were told, and take-downs."""
    await _add_takedowns(tx, member, other)
    sql = """
        insert into reports (id, content_type, content_id, author_id, evidence, status, action,
                             resolved_at)
             values ($1, 'user', $2, $2, '{"bio": "Mine"}', 'resolved', 'warn', now())
    """
    about, by = new_id(), new_id()
    await tx.run(sql, about, member.id)
    await tx.run(sql, by, other.id)
    sql = """
        insert into report_entries (id, report_id, reporter_id, reason) values ($1, $2, $3, $4)
    """
    await tx.run(sql, new_id(), about, other.id, "spoken about")
    await tx.run(sql, new_id(), by, member.id, "spoken out")
    sql = """
        insert into moderation_actions (id, user_id, action, reason)
             values ($1, $2, 'warn', 'Be kind.')
    """
    action_id = new_id()
    await tx.run(sql, action_id, member.id)
    sql = "insert into appeals (id, action_id, text) values ($1, $2, 'But I was kind.')"
    await tx.run(sql, new_id(), action_id)
    sql = """
        insert into takedowns (id, content_type, content_id, owner_id, title, category, reason,
                               permanent, revokes_purchases, action_id)
             values ($1, 'track', $1, $2, 'Taken down', 'spam', 'Be kind.', false, false, $3)
    """
    await tx.run(sql, new_id(), member.id, action_id)
    sql = "insert into member_notes (id, user_id, author_id, text) values ($1, $2, $3, 'Unkind.')"
    await tx.run(sql, new_id(), member.id, None)
    await tx.run(sql, new_id(), other.id, member.id)


async def _add_takedowns(tx: Tx, member: Member, other: Member) -> None:
    """A take-down of something of each."""
    sql = """
        insert into takedowns (id, content_type, content_id, owner_id, title, category, reason,
                               permanent, revokes_purchases)
             values ($1, 'post', $2, $3, 'well taken', 'spam', 'Too much of it.', false, false)
    """
    for owner in (member, other):
        await tx.run(sql, new_id(), new_id(), owner.id)
    await make.copyright_notice(tx, member)
    notice_id = await make.copyright_notice(tx, other)
    sql = "update copyright_notices set decided_by = $2 where id = $1"
    await tx.run(sql, notice_id, member.id)
    sql = """
        update copyright_counters set claim_filed_at = now(), claim_filed_by = $2
         where notice_id = $1
    """
    await tx.run(sql, notice_id, member.id)


async def _add_notifications(tx: Tx, member: Member, other: Member) -> None:
    """What the member was told of somebody, and the other of both of them."""
    third, _ = await make.member_in(tx)
    await make.push_subscription(tx, member)
    for actor, told in ((third, member), (member, other), (third, other)):
        cause = NewNotification(actor.id, NotificationKind.FOLLOW, told.id)
        await notifications.notify(tx, cause, [told.id])


# As `derive_customer_id` does.
_CUSTOMER = "left(encode(sha256(convert_to('customer:' || $1::uuid, 'UTF8')), 'hex'), 32)"
# How the rows of each table are found that belong to a member.
_ROWS = {
    "users": "select count(*) from users where id = $1",
    "sessions": "select count(*) from sessions where user_id = $1",
    "refresh_tokens": """
        select count(*)
          from refresh_tokens t
          join sessions s on s.id = t.session_id
         where s.user_id = $1
    """,
    "identities": "select count(*) from identities where user_id = $1",
    "openid_attempts": """
        select count(*)
          from openid_attempts a
          join sessions s on s.id = a.session_id
         where s.user_id = $1
    """,
    "push_subscriptions": "select count(*) from push_subscriptions where user_id = $1",
    "app_passwords": "select count(*) from app_passwords where user_id = $1",
    "api_keys": "select count(*) from api_keys where user_id = $1",
    "audit_subjects": "select count(*) from audit_subjects where user_id = $1",
    "audit_details": """
        select count(*)
          from audit_details d
          join audit_events e on e.id = d.event_id
          left join audit_subjects s on s.id = e.subject_id
         where s.user_id = $1 or d.member_id = $1
    """,
    "idempotency_keys": "select count(*) from idempotency_keys where user_id = $1",
    "invoices": """
        select count(*)
          from invoices i
          join ledger_subjects s on s.id in (i.buyer_subject, i.seller_subject)
         where s.user_id = $1
    """,
    "licence_contracts": """
        select count(*)
          from licence_contracts c
          join ledger_subjects s on s.id in (c.buyer_subject, c.seller_subject)
         where s.user_id = $1
    """,
    "product_variants": """
        select count(*)
          from product_variants v
          join products p on p.id = v.product_id
         where p.seller_id = $1
    """,
    "product_variant_files": """
        select count(*)
          from product_variant_files n
          join products p on p.id = n.product_id
         where p.seller_id = $1
    """,
    "ledger_subjects": "select count(*) from ledger_subjects where user_id = $1",
    "flag_clearances": "select count(*) from flag_clearances where cleared_by = $1",
    "bundles": "select count(*) from bundles where seller_id = $1",
    "bundle_products": """
        select count(*)
          from bundle_products n
          join bundles b on b.id = n.bundle_id
         where b.seller_id = $1
    """,
    "code_batches": """
        select count(*)
          from code_batches b
          join products p on p.id = b.product_id
         where p.seller_id = $1
    """,
    "download_codes": """
        select count(*)
          from download_codes c
          join order_items i on i.id = c.item_id
          join orders o on o.id = i.order_id
         where o.buyer_id = $1
    """,
    "tiers": "select count(*) from tiers where profile_id = $1",
    "memberships": "select count(*) from memberships where $1 in (member_id, profile_id)",
    "membership_periods": """
        select count(*)
          from membership_periods p
          join memberships m on m.id = p.membership_id
         where $1 in (m.member_id, m.profile_id)
    """,
    "commissions": "select count(*) from commissions where $1 in (buyer_id, seller_id)",
    "commission_entries": "select count(*) from commission_entries where author_id = $1",
    "commission_files": """
        select count(*)
          from commission_files f
          join commission_entries e on e.id = f.entry_id
         where e.author_id = $1
    """,
    "tip_jars": "select count(*) from tip_jars where profile_id = $1",
    "tips": """
        select count(*)
          from tips t
          join order_items i on i.id = t.item_id
          join orders o on o.id = i.order_id
         where o.buyer_id = $1 and t.message is not null
    """,
    "discounts": "select count(*) from discounts where seller_id = $1",
    "discount_products": """
        select count(*)
          from discount_products p
          join discounts d on d.id = p.discount_id
         where d.seller_id = $1
    """,
    "discount_uses": """
        select count(*)
          from discount_uses u
          join orders o on o.id = u.order_id
         where o.buyer_id = $1
    """,
    "order_item_reductions": """
        select count(*)
          from order_item_reductions r
          join order_items i on i.id = r.item_id
          join orders o on o.id = i.order_id
         where $1 in (i.seller_id, o.buyer_id)
    """,
    "order_places": """
        select count(*)
          from order_places p
          join orders o on o.id = p.order_id
         where o.buyer_id = $1
    """,
    "guest_orders": """
        select count(*)
          from guest_orders g
          join orders o on o.id = g.order_id
         where o.buyer_id = $1
    """,
    "licences": """
        select count(*)
          from licences l
          join order_items i on i.id = l.item_id
          join orders o on o.id = i.order_id
         where $1 in (l.buyer_id, o.buyer_id)
    """,
    "orders": "select count(*) from orders where buyer_id = $1",
    "order_item_parts": "select count(*) from order_item_parts where party_id = $1",
    "splits": """
        select count(*)
          from splits s
         where s.profile_id = $1
            or exists (select from split_parts p where p.split_id = s.id and p.party_id = $1)
    """,
    "split_parts": "select count(*) from split_parts where party_id = $1",
    "default_split_parts": """
        select count(*) from default_split_parts where $1 in (profile_id, party_id)
    """,
    "split_acceptances": "select count(*) from split_acceptances where party_id = $1",
    "order_items": "select count(*) from order_items where seller_id = $1",
    "refunds": "select count(*) from refunds where requested_by = $1",
    "sandbox_accounts": "select count(*) from sandbox_accounts where key = 'account:' || $1::uuid",
    "sandbox_payments": f"select count(*) from sandbox_payments where customer_id = {_CUSTOMER}",
    "sandbox_methods": f"select count(*) from sandbox_methods where customer_id = {_CUSTOMER}",
    "email_tokens": "select count(*) from email_tokens where user_id = $1",
    "notification_preferences": "select count(*) from notification_preferences where user_id = $1",
    "notifications": "select count(*) from notifications where user_id = $1",
    "notification_actors": "select count(*) from notification_actors where actor_id = $1",
    "follows": "select count(*) from follows where follower_id = $1 or followed_id = $1",
    "follow_counts": "select count(*) from follow_counts where user_id = $1",
    "blocks": "select count(*) from blocks where blocker_id = $1 or blocked_id = $1",
    "mutes": "select count(*) from mutes where muter_id = $1 or muted_id = $1",
    "conversations": (
        "select count(*) from conversations where $1 in (first_user_id, second_user_id)"
    ),
    "conversation_members": "select count(*) from conversation_members where user_id = $1",
    "listening_rooms": "select count(*) from listening_rooms where begun_by = $1",
    "messages": "select count(*) from messages where sender_id = $1",
    "message_images": """
        select count(*)
          from message_images i
          join messages m on m.id = i.message_id
         where m.sender_id = $1
    """,
    "message_reactions": "select count(*) from message_reactions where user_id = $1",
    "conversation_events": "select count(*) from conversation_events where actor_id = $1",
    "gear": "select count(*) from gear where owner_id = $1",
    "gear_repairs": """
        select count(*)
          from gear_repairs r
          join gear g on g.id = r.gear_id
         where g.owner_id = $1
    """,
    "gear_documents": """
        select count(*)
          from gear_documents d
          join gear g on g.id = d.gear_id
         where g.owner_id = $1
    """,
    "message_files": """
        select count(*)
          from message_files f
          join file_snapshots p on p.id = f.snapshot_id
         where p.owner_id = $1
    """,
    "images": "select count(*) from images where owner_id = $1",
    "files": "select count(*) from files where owner_id = $1",
    "content_owners": "select count(*) from content_owners where owner_id = $1",
    "storage_usage": "select count(*) from storage_usage where user_id = $1",
    "uploads": "select count(*) from uploads where owner_id = $1",
    "resumable_uploads": "select count(*) from resumable_uploads where owner_id = $1",
    "resumable_segments": """
        select count(*)
          from resumable_segments s
          join resumable_uploads r on r.id = s.upload_id
         where r.owner_id = $1
    """,
    "file_versions": """
        select count(*) from file_versions v join files f on f.id = v.file_id where f.owner_id = $1
    """,
    "file_snapshots": "select count(*) from file_snapshots where owner_id = $1",
    "file_shares": """
        select count(*) from file_shares s join files f on f.id = s.file_id where f.owner_id = $1
    """,
    "posts": "select count(*) from posts where author_id = $1",
    "post_images": """
        select count(*) from post_images i join posts p on p.id = i.post_id where p.author_id = $1
    """,
    "post_likes": "select count(*) from post_likes where user_id = $1",
    "post_comments": "select count(*) from post_comments where author_id = $1",
    "latest_posts": "select count(*) from latest_posts where author_id = $1",
    "tracks": "select count(*) from tracks where owner_id = $1",
    "track_lyrics": """
        select count(*) from track_lyrics l join tracks t on t.id = l.track_id
         where t.owner_id = $1
    """,
    "track_media": """
        select count(*) from track_media m join tracks t on t.id = m.track_id where t.owner_id = $1
    """,
    "counted_plays": "select count(*) from counted_plays where artist_id = $1",
    "track_days": "select count(*) from track_days where artist_id = $1",
    "artist_days": "select count(*) from artist_days where artist_id = $1",
    "track_referrers": "select count(*) from track_referrers where artist_id = $1",
    "artist_referrers": "select count(*) from artist_referrers where artist_id = $1",
    "seller_days": "select count(*) from seller_days where seller_id = $1",
    "track_history": "select count(*) from track_history where user_id = $1",
    "profiles": "select count(*) from profiles where id = $1",
    "profile_members": "select count(*) from profile_members where user_id = $1",
    "former_members": "select count(*) from former_members where user_id = $1",
    "profile_invitations": "select count(*) from profile_invitations where user_id = $1",
    # That it goes with the address is tested in `tests/domains/profiles/test_claims.py`.
    "profile_claims": """
        select count(*) from profile_claims c join users u using (email_key) where u.id = $1
    """,
    "track_ratings": "select count(*) from track_ratings where user_id = $1",
    "artist_ratings": "select count(*) from artist_ratings where user_id = $1",
    "ended_relations": "select count(*) from ended_relations where user_id = $1",
    "playlist_shares": """
        select count(*)
          from playlist_shares s
          join playlists p on p.id = s.playlist_id
         where p.owner_id = $1
    """,
    "track_bookmarks": "select count(*) from track_bookmarks where user_id = $1",
    "library_settings": "select count(*) from library_settings where user_id = $1",
    "release_likes": "select count(*) from release_likes where user_id = $1",
    "release_ratings": "select count(*) from release_ratings where user_id = $1",
    "catalogue_items": "select count(*) from catalogue_items where owner_id = $1",
    "play_queues": "select count(*) from play_queues where user_id = $1",
    "stations": "select count(*) from stations where owner_id = $1",
    "station_rotations": """
        select count(*)
          from station_rotations r
          join stations s on s.id = r.station_id
         where s.owner_id = $1
    """,
    "station_marks": """
        select count(*)
          from station_marks m
          join stations s on s.id = m.station_id
         where s.owner_id = $1
    """,
    "station_takeovers": """
        select count(*)
          from station_takeovers t
          join stations s on s.id = t.station_id
         where s.owner_id = $1
    """,
    "station_requests": "select count(*) from station_requests where asked_by = $1",
    "station_request_votes": "select count(*) from station_request_votes where user_id = $1",
    "shows": "select count(*) from shows where owner_id = $1",
    "episodes": """
        select count(*)
          from episodes e
          join shows s on s.id = e.show_id
         where s.owner_id = $1
    """,
    "episode_transcripts": """
        select count(*)
          from episode_transcripts x
          join episodes e on e.track_id = x.track_id
          join shows s on s.id = e.show_id
         where s.owner_id = $1
    """,
    "episode_downloads": """
        select count(*)
          from episode_downloads d
          join episodes e on e.track_id = d.track_id
          join shows s on s.id = e.show_id
         where s.owner_id = $1
    """,
    "show_keys": "select count(*) from show_keys where member_id = $1",
    "show_imports": "select count(*) from show_imports where owner_id = $1",
    "show_import_items": """
        select count(*)
          from show_import_items x
          join show_imports i on i.id = x.import_id
         where i.owner_id = $1
    """,
    "playlists": "select count(*) from playlists where owner_id = $1",
    "playlist_entries": """
        select count(*)
          from playlist_entries e
          join playlists p on p.id = e.playlist_id
         where $1 in (p.owner_id, e.added_by)
    """,
    "track_draws": """
        select count(*) from track_draws d join tracks t on t.id = d.track_id where t.owner_id = $1
    """,
    "similar_tracks": """
        select count(*)
          from similar_tracks s
          join tracks t on t.id = s.track_id
         where t.owner_id = $1
    """,
    "stale_tracks": """
        select count(*) from stale_tracks s join tracks t on t.id = s.track_id where t.owner_id = $1
    """,
    "similar_artists": "select count(*) from similar_artists where $1 in (artist_id, similar_id)",
    "stale_artists": "select count(*) from stale_artists where artist_id = $1",
    "playlist_editors": "select count(*) from playlist_editors where user_id = $1",
    "stream_guests": "select count(*) from stream_guests where user_id = $1",
    "stream_reminders": "select count(*) from stream_reminders where user_id = $1",
    "calendar_feeds": "select count(*) from calendar_feeds where user_id = $1",
    "releases": "select count(*) from releases where owner_id = $1",
    "release_tracks": """
        select count(*)
          from release_tracks e
          join releases r on r.id = e.release_id
         where r.owner_id = $1
    """,
    "track_credits": """
        select count(*)
          from track_credits c
          join tracks t on t.id = c.track_id
         where $1 in (t.owner_id, c.user_id)
    """,
    "release_credits": """
        select count(*)
          from release_credits c
          join releases r on r.id = c.release_id
         where $1 in (r.owner_id, c.user_id)
    """,
    "release_archives": """
        select count(*)
          from release_archives a
          join releases r on r.id = a.release_id
         where r.owner_id = $1
    """,
    "archive_requests": "select count(*) from archive_requests where user_id = $1",
    "exports": "select count(*) from exports where user_id = $1",
    "staff_erasures": "select count(*) from staff_erasures where decided_by = $1",
    "pending_deletions": "select count(*) from pending_deletions where user_id = $1",
    "sellers": "select count(*) from sellers where user_id = $1",
    "seller_tax_details": "select count(*) from seller_tax_details where user_id = $1",
    "payout_accounts": "select count(*) from payout_accounts where user_id = $1",
    "reviews": "select count(*) from reviews where buyer_id = $1",
    "products": "select count(*) from products where seller_id = $1",
    "product_files": """
        select count(*)
          from product_files f
          join products p on p.id = f.product_id
         where p.seller_id = $1
    """,
    "product_prices": """
        select count(*)
          from product_prices x
          join products p on p.id = x.product_id
         where p.seller_id = $1
    """,
    "gifts": """
        select count(*)
          from gifts g
          join order_items i on i.id = g.item_id
          join orders o on o.id = i.order_id
         where o.buyer_id = $1
    """,
    "streams": "select count(*) from streams where owner_id = $1",
    "stream_clips": "select count(*) from stream_clips where maker_id = $1",
    "stream_recordings": "select count(*) from stream_recordings where owner_id = $1",
    "stream_recording_parts": """
        select count(*)
          from stream_recording_parts p
          join stream_recordings r on r.id = p.recording_id
         where r.owner_id = $1
    """,
    "stream_recording_marks": """
        select count(*)
          from stream_recording_marks m
          join stream_recordings r on r.id = m.recording_id
         where r.owner_id = $1
    """,
    "restream_targets": "select count(*) from restream_targets where owner_id = $1",
    "stream_keys": "select count(*) from stream_keys where user_id = $1",
    "reports": "select count(*) from reports where author_id = $1",
    "report_entries": "select count(*) from report_entries where reporter_id = $1",
    "moderation_actions": "select count(*) from moderation_actions where user_id = $1",
    "appeals": """
        select count(*)
          from appeals a
          join moderation_actions s on s.id = a.action_id
         where s.user_id = $1
    """,
    "takedowns": "select count(*) from takedowns where owner_id = $1",
    "copyright_items": "select count(*) from copyright_items where owner_id = $1",
    "copyright_notices": "select count(*) from copyright_notices where decided_by = $1",
    "copyright_counters": """
        select count(*) from copyright_counters where $1 in (owner_id, claim_filed_by)
    """,
    "member_notes": "select count(*) from member_notes where $1 in (user_id, author_id)",
    "artist_search": "select count(*) from artist_search where id = $1",
    "track_likes": "select count(*) from track_likes where user_id = $1",
    "totp_factors": "select count(*) from totp_factors where user_id = $1",
    "recovery_codes": "select count(*) from recovery_codes where user_id = $1",
    "login_challenges": "select count(*) from login_challenges where user_id = $1",
    "factor_recoveries": "select count(*) from factor_recoveries where user_id = $1",
    "passkeys": "select count(*) from passkeys where user_id = $1",
    "passkey_challenges": "select count(*) from passkey_challenges where user_id = $1",
    "site_profile": """
        select count(*)
          from site_profile p
          join images i on i.id = p.logo_id
         where i.owner_id = $1
    """,
    "sign_up_requests": "select count(*) from sign_up_requests where user_id = $1",
    "invitations": "select count(*) from invitations where created_by = $1",
    "invited_members": "select count(*) from invited_members where $1 in (user_id, invited_by)",
    "track_comments": "select count(*) from track_comments where author_id = $1",
    "track_comment_likes": "select count(*) from track_comment_likes where user_id = $1",
    "transfers": "select count(*) from transfers where seller_id = $1",
    "transfer_reversals": """
        select count(*)
          from transfer_reversals r
          join transfers t on t.id = r.transfer_id
         where t.seller_id = $1
    """,
    "track_plays": "select count(*) from track_plays where user_id = $1",
    "track_prints": """
        select count(*)
          from track_prints p
          join tracks t on t.id = p.track_id
         where t.owner_id = $1
    """,
    "late_plays": "select count(*) from late_plays where user_id = $1",
    "mail_subscriptions": """
        select count(*) from mail_subscriptions where $1 in (profile_id, user_id)
    """,
    "broadcasts": "select count(*) from broadcasts where $1 in (profile_id, author_id)",
    "broadcast_recipients": "select count(*) from broadcast_recipients where user_id = $1",
    "mail_suppressions": """
        select count(*)
          from mail_suppressions s
          join users u on s.address_hash = sha256(convert_to(u.email_key, 'UTF8'))
         where u.id = $1
    """,
}


async def _count_rows(tx: Tx, member: Member) -> dict[str, int]:
    return {name: await tx.value(int, sql, member.id) or 0 for name, sql in _ROWS.items()}


def _all_tables() -> set[str]:
    return {table for part in PERSONAL_DATA.values() for table in part.tables}


def test_this_test_knows_every_table_with_personal_data() -> None:
    assert set(_ROWS) == _all_tables()


async def test_erasing_leaves_no_row_of_one_and_every_row_of_another(tx: Tx) -> None:
    other, _ = await make.member_in(tx, Role.CREATOR)
    member = await _make_life(tx, other)
    before = await _count_rows(tx, other)
    assert all(count > 0 for count in (await _count_rows(tx, member)).values())

    for part in PERSONAL_DATA.values():
        await part.erase(tx, member.id)

    assert set((await _count_rows(tx, member)).values()) == {0}
    assert await _count_rows(tx, other) == before
    sql = """
        select likes_count + comments_count from tracks where owner_id = $1
         union all
        select likes_count + comments_count from posts where author_id = $1
         union all
        select likes_count + replies_count from track_comments where author_id = $1
    """
    assert await tx.column(int, sql, other.id) == [0, 0, 0, 0], "The counts of others' stay exact."


async def test_what_is_handed_out_is_json_with_the_words_one_wrote(tx: Tx) -> None:
    other, other_name = await make.member_in(tx, Role.CREATOR)
    member = await _make_life(tx, other)

    handed_out = {
        name: msgspec.json.encode(await part.export(tx, member.id)).decode()
        for name, part in PERSONAL_DATA.items()
    }

    assert str(member.id) in handed_out["accounts"]
    assert "127.0.0.1" in handed_out["sessions"]
    assert "192.0.2.7" in handed_out["audit"]
    assert handed_out["sign_up"].count("well introduced") == 1
    assert [handed_out["sign_up"].count(name) for name in ("max_uses", "invited_at")] == [1, 1]
    assert handed_out["tracks"].count("well described") == 1
    assert [handed_out["tracks"].count(f'"kind":"{kind}"') for kind in ("like", "play")] == [2, 2]
    assert "well heard.flac" in handed_out["audio"]
    assert handed_out["lyrics"].count("well sung") == 1
    assert handed_out["statistics"].count("well-met.example") == 1
    assert handed_out["statistics"].count('"plays":7') == 3
    assert handed_out["statistics"].count('"net_cents":1080') == 1
    assert handed_out["track_comments"].count("well said") == 2
    assert len(msgspec.json.decode(handed_out["track_comments"])["liked"]) == 1
    assert handed_out["library"].count("well remembered") == 1
    assert handed_out["posts"].count("well posted") == 1
    assert [handed_out["gear"].count(f"well {word}") for word in ("played", "mended", "paid")] == [
        1,
        1,
        1,
    ]
    assert handed_out["products"].count("well sold") == 1
    of_sales = (
        *(("bundles", "well bundled"), ("codes", "well printed"), ("codes", "redeemed_at")),
        *(("discounts", "WELL"), ("orders", "well given")),
        *(("tips", "well thanked"), ("tips", "well tipped")),
        *(("tiers", "well supported"), ("memberships", "well joined")),
        *(("commissions", "well asked"), ("commissions", "well answered")),
        ("tax_reports", "well taxed"),
        *(("variants", "leased well"), ("contracts", '"kind":"lease"')),
    )
    assert [handed_out[name].count(words) for name, words in of_sales] == [1] * 14
    assert handed_out["live"].count("well sent") == 1
    assert handed_out["push"].count("well pushed") == 1
    assert handed_out["products"].count("a.wav") == 2
    assert handed_out["reviews"].count("well bought") == 1
    assert "Own Ltd" in handed_out["sellers"]
    assert handed_out["copyright"].count("well countered") == 1
    assert "claimant@" not in handed_out["copyright"]
    assert handed_out["files"].count("well kept.wav") == 1
    assert handed_out["attachments"].count("well sent.wav") == 1
    assert handed_out["uploads"].count("d2VsbCBiZWd1bg==") == 1
    assert handed_out["shares"].count("expires_at") == 1
    assert handed_out["post_comments"].count("well replied") == 2
    assert handed_out["messages"].count("well sung") == 1
    assert handed_out["orders"].count("Night Ferry") == 8
    assert handed_out["orders"].count("me@example.com") == 1
    assert handed_out["orders"].count('"parts_per_10000":5000') == 1
    for text in ('"title":"Night Ferry"', f'"profile_id":"{member.id}","title"'):
        assert handed_out["splits"].count(text) == 1
    assert "1 Quay Street" in handed_out["orders"]
    assert handed_out["invoices"].count("Night Ferry") == 2
    assert handed_out["refunds"].count("well returned") == 1
    assert handed_out["broadcasts"].count("well mailed") == 2
    assert handed_out["subscribers"].count("192.0.2.9") == 1
    assert handed_out["suppressions"].count('"failures":1') == 1
    everything = "".join(handed_out.values())
    assert "password" not in everything
    assert "argon2" not in everything
    assert f"{other_name}@example.com" not in everything


async def test_erasing_somebody_who_left_nothing_is_no_mistake(tx: Tx) -> None:
    member, _ = await make.member_in(tx)
    for _ in range(2):
        for part in PERSONAL_DATA.values():
            await part.erase(tx, member.id)

    assert set((await _count_rows(tx, member)).values()) == {0}


# The columns by which rows refer to a member: of these a merge gives the rows to another profile.
_MOVED = {
    *("artist_days.artist_id", "artist_ratings.artist_id", "artist_referrers.artist_id"),
    *("blocks.blocked_id", "blocks.blocker_id", "content_owners.owner_id"),
    *("broadcasts.profile_id", "mail_subscriptions.profile_id"),
    *("conversation_members.user_id", "conversations.first_user_id"),
    *("copyright_counters.owner_id", "copyright_items.owner_id"),
    *("default_split_parts.party_id", "discounts.seller_id"),
    *("file_snapshots.owner_id", "file_versions.owner_id", "files.owner_id"),
    *("follow_counts.user_id", "follows.followed_id", "follows.follower_id"),
    "former_members.profile_id",
    *("former_handles.profile_id", "gear.owner_id", "gear_documents.owner_id", "images.owner_id"),
    *("latest_posts.author_id", "member_notes.user_id", "merged_profiles.into_id"),
    *("messages.sender_id", "moderation_actions.user_id", "mutes.muted_id", "mutes.muter_id"),
    *("playlist_editors.user_id", "playlist_entries.added_by", "playlists.owner_id"),
    "stations.owner_id",
    *("shows.owner_id", "stream_guests.user_id", "stream_reminders.user_id"),
    *("post_comments.author_id", "posts.author_id", "product_files.owner_id"),
    *("bundles.seller_id", "products.seller_id"),
    *("profiles.placeholder_of", "profile_members.profile_id"),
    *("release_credits.user_id", "releases.owner_id", "reports.author_id"),
    *("roster_entries.label_id", "roster_entries.profile_id", "sellers.user_id"),
    "seller_tax_details.user_id",
    *("split_acceptances.party_id", "split_parts.party_id", "splits.profile_id"),
    "stale_artists.artist_id",
    *("storage_usage.user_id", "stream_recordings.owner_id", "streams.owner_id"),
    "stream_clips.maker_id",
    "takedowns.owner_id",
    *("tiers.profile_id", "tip_jars.profile_id", "track_comments.author_id"),
    *("track_credits.user_id", "track_days.artist_id", "track_media.owner_id"),
    *("track_referrers.artist_id", "tracks.owner_id"),
}
# With a merge these end, as when a page is deleted: what it liked, was told of, and has in
# progress; what signs in, which no page has; what its members did as staff; and what is computed.
_ENDED = {
    *("archive_requests.user_id", "artist_ratings.user_id", "conversation_events.actor_id"),
    *("broadcast_recipients.user_id", "broadcasts.author_id", "mail_subscriptions.user_id"),
    *("copyright_counters.claim_filed_by", "copyright_notices.decided_by"),
    *("default_split_parts.profile_id", "ended_relations.user_id", "exports.user_id"),
    "former_members.user_id",
    *("idempotency_keys.user_id", "show_imports.owner_id", "show_keys.member_id"),
    "listening_rooms.begun_by",
    *("library_settings.user_id", "message_reactions.user_id", "notification_actors.actor_id"),
    *("notification_preferences.user_id", "notifications.user_id", "pending_deletions.user_id"),
    *("play_queues.user_id", "post_likes.user_id", "profile_claims.profile_id"),
    *("profile_invitations.profile_id", "profile_invitations.user_id", "profile_members.user_id"),
    *("profiles.id", "push_subscriptions.user_id", "release_likes.user_id"),
    *("release_ratings.user_id", "report_entries.reporter_id", "resumable_uploads.owner_id"),
    *("calendar_feeds.user_id", "restream_targets.owner_id", "stream_keys.user_id"),
    *("track_bookmarks.user_id", "track_history.user_id"),
    *("late_plays.user_id", "track_comment_likes.user_id", "track_likes.user_id"),
    *("station_request_votes.user_id", "station_requests.asked_by"),
    "track_plays.user_id",
    *("track_ratings.user_id", "uploads.owner_id"),
    *("api_keys.user_id", "app_passwords.user_id", "email_tokens.user_id"),
    *("factor_recoveries.user_id", "identities.user_id", "invitations.created_by"),
    *("invited_members.invited_by", "invited_members.user_id", "login_challenges.user_id"),
    *("passkey_challenges.user_id", "passkeys.user_id", "recovery_codes.user_id"),
    *("sessions.user_id", "sign_up_requests.user_id", "totp_factors.user_id"),
    *("flag_clearances.cleared_by", "member_notes.author_id", "moderation_actions.decided_by"),
    *("refunds.resolved_by", "reports.resolved_by", "staff_erasures.decided_by"),
    *("takedowns.decided_by", "takedowns.undone_by", "track_comment_likes.user_id"),
    *("artist_search.id", "audit_subjects.user_id"),
    *("similar_artists.artist_id", "similar_artists.similar_id"),
}
# A profile with one of these is not merged.
_OF_MONEY = {
    *("ledger_subjects.user_id", "licences.buyer_id", "order_item_parts.party_id"),
    *("commissions.buyer_id", "commissions.seller_id", "commission_entries.author_id"),
    *("memberships.member_id", "memberships.profile_id"),
    *("order_items.seller_id", "orders.buyer_id", "payout_accounts.user_id"),
    *("refunds.requested_by", "reviews.buyer_id", "seller_days.seller_id", "transfers.seller_id"),
}

_FIND_COLUMNS = """
    select c.conrelid::regclass::text || '.' || a.attname
      from pg_constraint c
      join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]
     where c.contype = 'f' and c.confrelid in ('users'::regclass, 'profiles'::regclass)
       and (c.conrelid, a.attname) <> ('conversations'::regclass, 'second_user_id')
     order by 1
"""


async def _count_columns(tx: Tx, columns: list[str], member: Member) -> dict[str, int]:
    found: dict[str, int] = {}
    for column in columns:
        table, _, name = column.partition(".")
        names = f"{name}, second_user_id" if table == "conversations" else name
        sql = f"select count(*) from {table} where $1 in ({names})"
        found[column] = await tx.value(int, sql, member.id) or 0
    return found


async def _add_to_page(tx: Tx, member: Member) -> None:
    """Make a member a label with a fan, a roster, a placeholder and somebody who runs it."""
    fan, _ = await make.member_in(tx)
    friend, _ = await make.member_in(tx)
    for one, another in ((fan, member), (member, friend)):
        await tx.run("insert into follows values ($1, $2)", one.id, another.id)
    await tx.run("insert into artist_ratings values ($1, $2, 4)", fan.id, member.id)
    await tx.run("insert into former_handles values ('once', $1, now() + '1 year')", member.id)
    await tx.run("insert into profile_members values ($1, $2, 'editor', false)", member.id, fan.id)
    await tx.run("insert into former_members values ($1, $2, now())", member.id, friend.id)
    sql = "insert into roster_entries (id, label_id, profile_id, scope) values ($1, $2, $3, 'all')"
    await tx.run(sql, new_id(), member.id, friend.id)
    await tx.run(sql, new_id(), friend.id, member.id)
    form = PageForm(PageKind.BAND, f"c{member.id.hex[-20:]}")
    page = await create_page(tx, PageSettings(0, for_creators=False), friend, form)
    await tx.run("update profiles set placeholder_of = $2 where id = $1", page.id, member.id)


async def test_a_merge_moves_what_others_refer_to_and_no_column_is_forgotten(tx: Tx) -> None:
    columns = await tx.column(str, _FIND_COLUMNS)
    assert set(columns) == _MOVED | _ENDED | _OF_MONEY
    assert len(columns) == len(_MOVED) + len(_ENDED) + len(_OF_MONEY)
    other, _ = await make.member_in(tx, Role.CREATOR)
    into, _ = await make.member_in(tx, Role.CREATOR)
    await tx.run("update profiles set kind = 'label' where id = $1", into.id)
    member = await _make_life(tx, other)
    await _add_to_page(tx, member)
    before = await _count_columns(tx, columns, member)
    at_first = await _count_columns(tx, columns, into)

    for part in PERSONAL_DATA.values():
        if part.move is not None:
            await part.move(tx, member.id, into.id)
    for part in PERSONAL_DATA.values():
        await part.erase(tx, member.id)
    await tx.column(str, "set constraints all immediate")

    found = await _count_columns(tx, columns, into)
    gained = {name: count - at_first[name] for name, count in found.items() if name in _MOVED}
    expected = {name: before[name] for name in _MOVED} | {
        # Of the whole page, nothing counts any more that a block ended; its handle is one, too.
        "follows.follower_id": 1,
        "follows.followed_id": 1,
        "follow_counts.user_id": 1,
        "former_handles.profile_id": before["former_handles.profile_id"] + 1,
        "merged_profiles.into_id": 1,
        # A member rates nobody as themselves.
        "artist_ratings.artist_id": 1,
    }
    assert gained == expected
    assert all(gained.values())
    assert not any(found[name] - at_first[name] for name in _ENDED | _OF_MONEY)
    assert await list_mismatches(tx, [into.id]) == []
