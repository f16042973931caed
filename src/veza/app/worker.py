"""The job worker: the handler of each job, and the jobs that run on a schedule."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from veza.app.backups.schedule import run_schedule
from veza.app.payment_providers import create_event_consumers
from veza.app.reactions import REACTIONS
from veza.app.recounts import RecountMember, recount_member
from veza.app.release_archives import create_archive_storage
from veza.app.search_index import IndexMember, index_member, recount_search_words, refresh_search
from veza.app.services import Services
from veza.app.upload_purposes import create_resumable_uploads
from veza.app.verification.audit_log import signing_keys
from veza.app.verification.ledger import INVARIANTS, STATEMENT_TIMEOUT_MS
from veza.app.web_push import create_sender
from veza.domains.auth.api_keys import jobs as keys
from veza.domains.auth.factors import jobs as factors
from veza.domains.auth.identities import jobs as identities
from veza.domains.auth.passkeys import jobs as passkeys
from veza.domains.auth.recovery import jobs as recovery
from veza.domains.auth.recovery.models import DeleteMails, SendMail
from veza.domains.auth.sessions import jobs as sessions
from veza.domains.auth.sign_up import jobs as sign_up
from veza.domains.chat.messages import jobs as messages
from veza.domains.cloud.blobs import jobs as blobs
from veza.domains.cloud.files import jobs as files
from veza.domains.cloud.files.models import Retention
from veza.domains.cloud.shares import jobs as shares
from veza.domains.gear import jobs as gear
from veza.domains.images import jobs as images
from veza.domains.live import jobs as streams
from veza.domains.marketplace.archives.jobs import builds as archives
from veza.domains.marketplace.archives.models import BuildArchive
from veza.domains.marketplace.disputes import jobs as disputes
from veza.domains.marketplace.invoices import jobs as invoices
from veza.domains.marketplace.invoices.models import IssueDocument
from veza.domains.marketplace.ledger import jobs as ledger
from veza.domains.marketplace.ledger.models import VerifyLedger
from veza.domains.marketplace.orders import jobs as orders
from veza.domains.marketplace.orders.models.state import PollPayment
from veza.domains.marketplace.payouts import jobs as transfers
from veza.domains.marketplace.payouts.models import SettleTransfer
from veza.domains.marketplace.products import jobs as products
from veza.domains.marketplace.refunds import jobs as refunds
from veza.domains.marketplace.refunds.models import CancelPreorders, SettleRefund
from veza.domains.marketplace.reviews import jobs as reviews
from veza.domains.marketplace.reviews.models import RecountReviews
from veza.domains.marketplace.sellers import jobs as sellers
from veza.domains.marketplace.sellers.models import RefreshPayoutAccount
from veza.domains.marketplace.webhooks import jobs as webhooks
from veza.domains.marketplace.webhooks.models import ProcessWebhook
from veza.domains.moderation.bulk import jobs as bulk_moderation
from veza.domains.music.audio import failed_tracks
from veza.domains.music.audio import jobs as audio
from veza.domains.music.audio.models import DeleteTrackFiles, ProcessTrack
from veza.domains.music.discovery import jobs as discovery
from veza.domains.music.releases import jobs as releases
from veza.domains.music.releases.models import PublishRelease
from veza.domains.music.statistics import jobs as statistics
from veza.domains.music.tags import jobs as tags
from veza.domains.music.tags.models import RecountTags
from veza.domains.music.tracks import jobs as tracks
from veza.domains.notifications.inbox import jobs as notifications
from veza.domains.notifications.inbox.models import NotifyFollowers, NotifyOfRelease
from veza.domains.notifications.push import jobs as push
from veza.domains.notifications.push.models import PushNotification
from veza.domains.platform.audit import jobs as audit
from veza.domains.platform.audit.service import record_change
from veza.domains.platform.idempotency import jobs as idempotency
from veza.domains.platform.monitoring import jobs as monitoring
from veza.domains.platform.uploads import jobs as uploads
from veza.domains.platform.uploads.models import CompleteUpload
from veza.domains.privacy import jobs as privacy
from veza.domains.privacy.models import BuildExport, DeleteExports, EraseMember
from veza.domains.realtime import jobs as chat
from veza.domains.relationships import jobs as relations
from veza.domains.relationships.models import RecountFollows
from veza.infra.jobs import outbox
from veza.infra.jobs.outbox import EventDelivery
from veza.infra.jobs.queue_log import sweep_queue_log
from veza.infra.jobs.worker import Handler, Handlers, Schedules, Worker
from veza.infra.payments.provider import PaymentProviders
from veza.infra.postgres import revisions
from veza.infra.postgres.database import Database
from veza.infra.processes.tasks import repeat
from veza.infra.storage.deletion import DeleteFolders, delete_folders

GRACE_S = 8.0


def list_handlers(services: Services) -> Handlers:
    """Return the handler of each type of job, with the slots that no other type can take."""
    database, audio_storage = services.database, services.audio_storage
    handlers: dict[type, Handler[Any]] = {
        ProcessTrack: Handler(
            run=_with_room(services, partial(audio.process_track, database, audio_storage)),
            give_up=partial(audio.fail_track, database, audio_storage),
            # A long track takes minutes: others must not wait for it.
            at_once=4,
        ),
        BuildArchive: Handler(
            run=_with_room(
                services,
                partial(archives.build_archive, database, create_archive_storage(services)),
            ),
            give_up=partial(archives.fail_archive, database),
            # It converts a whole release: a short one must not wait for a long one.
            at_once=2,
        ),
        BuildExport: Handler(
            run=_with_room(
                services, partial(privacy.build_export, database, services.personal_data)
            ),
            give_up=partial(privacy.fail_export, database),
            # An export with many files takes minutes.
            at_once=2,
        ),
        DeleteMails: Handler(
            run=partial(recovery.delete_mails, services.account_mailer), at_once=1
        ),
        SendMail: Handler(
            run=partial(recovery.send_mail, database, services.account_mailer), at_once=2
        ),
        PublishRelease: Handler(run=partial(releases.publish_release, database), at_once=2),
    }
    handlers |= _list_member_handlers(services) | _list_file_handlers(services)
    return handlers | _list_notification_handlers(services) | _list_money_handlers(services)


def _list_member_handlers(services: Services) -> dict[type, Handler[Any]]:
    """Return the handlers of what follows a suspension, of which there may be many, or an end."""
    database = services.database
    return {
        EraseMember: Handler(
            run=partial(privacy.erase_member, database, services.personal_data), at_once=2
        ),
        IndexMember: Handler(run=partial(index_member, database), at_once=2),
        RecountMember: Handler(run=partial(recount_member, database), at_once=2),
        RecountFollows: Handler(run=partial(relations.recount_follows, database), at_once=2),
        RecountReviews: Handler(run=partial(reviews.recount_reviews, database), at_once=2),
        RecountTags: Handler(run=partial(tags.recount_tags, database), at_once=2),
    }


def _list_file_handlers(services: Services) -> dict[type, Handler[Any]]:
    database, audio_storage = services.database, services.audio_storage
    return {
        CompleteUpload: Handler(
            run=_with_room(
                services, partial(uploads.complete_upload, create_resumable_uploads(services))
            ),
            # It copies a whole file: a short one must not wait for a long one.
            at_once=2,
        ),
        DeleteExports: Handler(
            run=partial(privacy.delete_exports, services.personal_data), at_once=2
        ),
        DeleteFolders: Handler(run=partial(delete_folders, services.storage), at_once=4),
        DeleteTrackFiles: Handler(
            run=partial(audio.delete_track_files, database, audio_storage), at_once=2
        ),
    }


def _list_notification_handlers(services: Services) -> dict[type, Handler[Any]]:
    database = services.database
    return {
        NotifyFollowers: Handler(run=partial(notifications.notify_followers, database), at_once=2),
        NotifyOfRelease: Handler(run=partial(notifications.notify_of_release, database), at_once=2),
        PushNotification: Handler(
            run=partial(push.push_notification, database, create_sender(services.web_push)),
            # Push services may be slow.
            at_once=4,
        ),
    }


def _list_money_handlers(services: Services) -> dict[type, Handler[Any]]:
    database, providers = services.database, services.providers
    documents = services.invoice_documents
    consumers = create_event_consumers(database, providers)
    payments = PaymentProviders(providers.payments, providers.former_payments)
    payouts = providers.payouts_by_mode
    return {
        # Concurrent, because they wait for a provider or the typesetter.
        PollPayment: Handler(run=partial(orders.poll_payment, database, payments), at_once=4),
        ProcessWebhook: Handler(
            run=partial(webhooks.process_webhook, database, consumers), at_once=4
        ),
        CancelPreorders: Handler(run=partial(refunds.cancel_preorders, database), at_once=2),
        SettleRefund: Handler(run=partial(refunds.settle_refund, database, payments), at_once=4),
        RefreshPayoutAccount: Handler(
            run=partial(sellers.refresh_payout_account, database, payouts), at_once=4
        ),
        IssueDocument: Handler(
            run=partial(invoices.issue_document, database, documents), at_once=2
        ),
        VerifyLedger: Handler(
            run=partial(
                ledger.verify_books,
                database,
                ledger.Verifier(INVARIANTS, services.addresses.database, STATEMENT_TIMEOUT_MS),
            ),
            at_once=1,
        ),
        SettleTransfer: Handler(
            run=partial(transfers.settle_transfer, database, payouts),
            give_up=partial(transfers.postpone_transfer, database),
            at_once=4,
        ),
    }


def _with_room[J](
    services: Services, run: Callable[[J], Awaitable[None]]
) -> Callable[[J], Awaitable[None]]:
    """Return a handler that postpones its job while the reserve of the disk is used up."""

    async def run_with_room(job: J) -> None:
        services.disk.ensure_room()
        await run(job)

    return run_with_room


def list_schedules(services: Services) -> Schedules:
    """Return what runs on a schedule, in UTC."""
    database, payouts = services.database, services.providers.payouts_by_mode
    return {
        "poll_payments": ("* * * * *", partial(orders.poll_payments, database)),
        "deliver_preorders": ("* * * * *", partial(orders.deliver_preorders, database)),
        "ask_for_refunds": ("* * * * *", partial(refunds.poll_refunds, database)),
        "poll_payout_accounts": (
            "* * * * *",
            partial(sellers.poll_payout_accounts, database, payouts),
        ),
        "retry_transfers": ("* * * * *", partial(transfers.retry_transfers, database, payouts)),
        "sum_product_counts": ("*/10 * * * *", partial(products.sum_product_counts, database)),
        "refresh_search": ("20 * * * *", partial(refresh_search, database)),
        "recount_search_words": ("30 2 * * *", partial(recount_search_words, database)),
        "sweep_chat_tokens": ("55 * * * *", partial(chat.sweep_tokens, database)),
        "sweep_conversations": ("10,40 * * * *", partial(messages.sweep_ended, database)),
        "sign_audit": ("* * * * *", partial(audit.sign_events, database, signing_keys(services))),
        "sweep_audit": ("35 3 * * *", partial(audit.delete_old_details, database)),
        "sweep_idempotency_keys": (
            "50 * * * *",
            partial(idempotency.sweep_idempotency_keys, database),
        ),
        "sweep_images": ("45 * * * *", partial(images.sweep_images, database)),
        "sweep_notifications": (
            "45 3 * * *",
            partial(notifications.sweep_notifications, database),
        ),
        "sweep_queue_log": ("40 * * * *", partial(sweep_queue_log, database)),
        "sweep_revisions": ("5 * * * *", partial(_sweep_revisions, database)),
        "complete_uploads": ("* * * * *", partial(uploads.complete_uploads, database)),
        "sweep_traffic": ("15 4 * * *", partial(monitoring.sweep_traffic, database)),
        "verify_ledger": ("5 4 * * *", partial(ledger.request_nightly_verification, database)),
        "sweep_uploads": ("25 * * * *", partial(uploads.sweep_uploads, services.uploads)),
        "sweep_webhooks": ("25 4 * * *", partial(webhooks.sweep_webhooks, database)),
        **_list_sign_in_schedules(services),
        **_list_dispute_schedules(services),
        **_list_music_schedules(services),
        **_list_personal_schedules(services),
    }


def _list_sign_in_schedules(services: Services) -> Schedules:
    database = services.database
    return {
        "sweep_keys": ("35 3 * * *", partial(keys.sweep_keys, database)),
        "complete_factor_recoveries": (
            "*/10 * * * *",
            partial(
                recovery.complete_factor_recoveries,
                database,
                services.login_context,
                record_change,
            ),
        ),
        "sweep_mails": ("40 * * * *", partial(recovery.delete_old_mails, services.account_mailer)),
        "sweep_held_mails": ("42 * * * *", partial(recovery.delete_old_held_mails, database)),
        "sweep_links": ("35 * * * *", partial(recovery.delete_expired_tokens, database)),
        "sweep_login_challenges": ("20 * * * *", partial(factors.sweep_challenges, database)),
        "sweep_openid_attempts": (
            "5,15,25,35,45,55 * * * *",
            partial(identities.sweep_attempts, database),
        ),
        "sweep_invitations": ("40 3 * * *", partial(sign_up.sweep_invitations, database)),
        "decline_sign_ups": ("50 3 * * *", partial(sign_up.decline_old_requests, database)),
        "sweep_passkey_challenges": ("22 * * * *", partial(passkeys.sweep_challenges, database)),
        "sweep_sessions": ("15 3 * * *", partial(sessions.sweep_sessions, database)),
    }


def _list_dispute_schedules(services: Services) -> Schedules:
    database, payments = services.database, services.payments
    return {
        "poll_disputes": ("*/15 * * * *", partial(disputes.poll_new_disputes, database, payments)),
        "ask_disputes": ("*/5 * * * *", partial(disputes.poll_open_disputes, database, payments)),
    }


def _list_music_schedules(services: Services) -> Schedules:
    database = services.database
    return {
        "sweep_failed_tracks": ("50 * * * *", partial(failed_tracks.delete_expired, database)),
        "sweep_archives": (
            "*/10 * * * *",
            partial(archives.sweep_archives, database, create_archive_storage(services)),
        ),
        "publish_releases": ("* * * * *", partial(releases.enqueue_publications, database)),
        "refresh_catalogue": ("25 * * * *", partial(releases.refresh_catalogue, database)),
        "find_changed_tracks": ("15 * * * *", partial(discovery.find_changed_tracks, database)),
        "compute_similarities": ("*/5 * * * *", partial(discovery.compute_similarities, database)),
        "count_statistics": ("25 * * * *", partial(statistics.count_statistics, database)),
        "sweep_plays": ("*/20 * * * *", partial(tracks.sweep_plays, database)),
    }


def _list_personal_schedules(services: Services) -> Schedules:
    database, settings = services.database, services.settings
    retention = Retention.from_days(settings.cloud_trash_days, settings.cloud_versions_days)
    return {
        "empty_trash": ("20 * * * *", partial(files.empty_trash, database, retention)),
        "order_erasures": ("*/10 * * * *", partial(privacy.enqueue_erasures, database)),
        "sweep_bulk_runs": ("25 3 * * *", partial(bulk_moderation.sweep_bulk_runs, database)),
        "sweep_blobs": ("5,35 * * * *", partial(blobs.sweep_blobs, database)),
        "sweep_exports": ("*/10 * * * *", partial(privacy.sweep_exports, database)),
        "sweep_shares": ("55 3 * * *", partial(shares.sweep_shares, database)),
        "sweep_work_folders": (
            "30 * * * *",
            partial(audio.sweep_work_folders, services.audio_storage),
        ),
        "thin_versions": ("50 * * * *", partial(files.thin_versions, database, retention)),
        "warn_of_warranties": ("20 * * * *", partial(gear.warn_of_warranties, database)),
    }


async def run_worker(services: Services, stop: asyncio.Event) -> None:
    """Deliver events and run jobs until `stop`. Running jobs then have `GRACE_S` to end."""
    worker = Worker(services.addresses.database, list_handlers(services), list_schedules(services))
    delivery = create_delivery(services)
    expire_streams = partial(streams.expire_streams, services.database, services.live)
    async with asyncio.TaskGroup() as group:
        working = group.create_task(worker.run())
        delivering = group.create_task(delivery.run())
        aging = group.create_task(repeat(expire_streams, each_s=streams.EXPIRE_INTERVAL_S))
        backing_up = group.create_task(run_schedule(services))
        await stop.wait()
        backing_up.cancel()
        delivering.cancel()
        aging.cancel()
        await worker.stop(grace_s=GRACE_S)
        await working


async def run_until_empty(services: Services) -> None:
    """Deliver all present events and run all present jobs, then return."""
    delivery = create_delivery(services)
    while await delivery.deliver_batch():
        pass
    await Worker(services.addresses.database, list_handlers(services), {}).run_until_empty()


def create_delivery(services: Services) -> EventDelivery:
    """Return the delivery of events, which wakes up when an event is stored."""
    delivery = EventDelivery(services.database, REACTIONS)
    services.broadcast.listen(outbox.TOPIC, delivery.wake)
    return delivery


async def _sweep_revisions(database: Database) -> None:
    async with database.transaction() as tx:
        await revisions.delete_old(tx)
