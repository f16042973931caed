-- A refund without a result for a long time is `unresolved` and shown to admins. Its lines stay
-- reserved, because the provider may have made the refund.
alter table refunds
    -- The result that an admin entered, and the admin.
    add column resolved_by uuid references users on delete set null,
    add column resolution text check (length(resolution) between 1 and 1000),
    drop constraint refunds_status_check,
    add constraint refunds_status_check
        check (status in ('pending', 'unresolved', 'made', 'failed')),
    drop constraint refunds_check,
    add constraint refunds_check
        check ((status in ('pending', 'unresolved')) = (settled_at is null)),
    drop constraint refunds_check1,
    add constraint refunds_check1
        check ((status in ('unresolved', 'failed')) = (failure is not null));

drop index refunds_poll_at;
create index refunds_poll_at on refunds (poll_at) where status in ('pending', 'unresolved');
create index refunds_pending on refunds (created_at) where status = 'pending';
create index refunds_unresolved on refunds (id) where status = 'unresolved';
create index refunds_resolved_by on refunds (resolved_by) where resolved_by is not null;

-- Buyers and sellers are notified of refunds, and sellers of payouts.
alter table notification_preferences
    drop constraint notification_preferences_switched_off_check,
    add constraint notification_preferences_switched_off_check
        check (switched_off <@ array['follow', 'track_like', 'track_comment', 'post_like',
                                     'post_comment', 'reply', 'mention', 'message', 'sale',
                                     'export_ready', 'went_live', 'track_ready', 'track_failed',
                                     'archive_ready',
                                     'warranty', 'transfer_completed', 'transfer_failed',
                                     'transfer_reversed', 'sale_refunded', 'refund_made',
                                     'refund_failed', 'refund_delayed', 'release_published',
                                     'release_like', 'playlist_invitation', 'playlist_accepted',
                                     'preorder_delivered']);

alter table notifications
    add column refund_id uuid references refunds on delete cascade,
    add column transfer_id uuid references transfers on delete cascade,
    drop constraint notifications_kind_check,
    add constraint notifications_kind_check
        check (kind in ('follow', 'track_like', 'track_comment', 'post_like', 'post_comment',
                        'reply', 'mention', 'message', 'sale', 'export_ready', 'went_live',
                        'archive_ready',
                        'track_ready', 'track_failed', 'warranty', 'warned', 'banned', 'unbanned',
                        'report_closed', 'transfer_completed', 'transfer_failed',
                        'transfer_reversed', 'sale_refunded', 'refund_made', 'refund_failed',
                        'refund_delayed', 'release_published', 'release_like',
                        'playlist_invitation', 'playlist_accepted', 'preorder_delivered', 'backup_failed',
                        'backup_overdue'));

create index notifications_refund_id on notifications (refund_id) where refund_id is not null;
create index notifications_transfer_id on notifications (transfer_id)
    where transfer_id is not null;
