-- Members who lost their second factors: an admin has them removed after a waiting period.
create table factor_recoveries (
    user_id  uuid primary key references users on delete cascade,
    reason   text not null check (char_length(reason) between 1 and 1000),
    begun_at timestamptz not null default now(),
    due_at   timestamptz not null
);

create index factor_recoveries_due_at on factor_recoveries (due_at);

alter table email_tokens
    drop constraint email_tokens_purpose_check,
    add constraint email_tokens_purpose_check
        check (purpose in ('password_reset', 'email_verification', 'password_changed',
                           'email_changed', 'new_device', 'factor_added', 'factor_removed',
                           'key_created', 'passkey_copied', 'factor_recovery'));

alter table notifications
    drop constraint notifications_kind_check,
    add constraint notifications_kind_check
        check (kind in ('follow', 'track_like', 'track_comment', 'post_like', 'post_comment',
                        'reply', 'mention', 'message', 'sale', 'export_ready', 'went_live',
                        'archive_ready',
                        'track_ready', 'track_failed', 'warranty', 'warned', 'banned', 'unbanned',
                        'report_closed', 'transfer_completed', 'transfer_failed',
                        'transfer_reversed', 'sale_refunded', 'refund_made', 'refund_failed',
                        'refund_delayed', 'release_published', 'release_like',
                        'playlist_invitation', 'playlist_accepted', 'preorder_delivered',
                        'backup_failed', 'backup_overdue', 'new_device', 'factor_added',
                        'factor_removed', 'password_changed', 'key_created', 'passkey_copied',
                        'factor_recovery'));
