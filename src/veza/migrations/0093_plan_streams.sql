-- Streams have a planned begin and a cover. One that is cancelled, or never began, is neither a
-- draft nor over.
alter table streams
    add column starts_at      timestamptz,
    add column cover_image_id uuid references images on delete set null,
    add column cancelled_at   timestamptz,
    drop constraint streams_status_check,
    add constraint streams_status_check check (status in ('draft', 'live', 'ended', 'cancelled')),
    drop constraint streams_check3,
    drop constraint streams_check5,
    add constraint streams_started check ((status in ('draft', 'cancelled')) = (started_at is null)),
    add constraint streams_announced check (is_announced or status in ('draft', 'cancelled')),
    add constraint streams_cancelled check ((status = 'cancelled') = (cancelled_at is not null));

-- What is to come, by date: lists, reminders, and what never began.
create index streams_starts_at on streams (starts_at, id)
    where status = 'draft' and starts_at is not null;
create index streams_planned_by on streams (owner_id, starts_at, id) where starts_at is not null;
create unique index streams_cover_image_id on streams (cover_image_id)
    where cover_image_id is not null;

-- Members who asked to be reminded of a stream, and the planned begin that they were reminded of.
create table stream_reminders (
    stream_id   uuid not null references streams on delete cascade,
    user_id     uuid not null references users on delete cascade,
    reminded_of timestamptz,
    created_at  timestamptz not null default now(),
    primary key (stream_id, user_id)
);

create index stream_reminders_user_id on stream_reminders (user_id);

-- The calendar of a member, whose address has a signature of the key: another key, another address.
create table calendar_feeds (
    user_id    uuid primary key references users on delete cascade,
    key        uuid not null,
    created_at timestamptz not null default now()
);

alter table notification_preferences
    drop constraint notification_preferences_switched_off_check,
    add constraint notification_preferences_switched_off_check check (switched_off <@ array[
        'follow', 'track_like', 'track_comment', 'comment_like', 'post_like', 'post_comment',
        'reply', 'mention', 'message', 'sale', 'sale_refunded', 'transfer_completed',
        'transfer_failed', 'transfer_reversed', 'refund_made', 'refund_failed', 'refund_delayed',
        'preorder_delivered', 'commission_brief', 'commission_delivered', 'commission_message',
        'commission_changed', 'export_ready', 'archive_ready', 'went_live', 'stream_soon',
        'stream_cancelled', 'release_published',
        'release_like', 'track_ready', 'track_failed', 'warranty', 'playlist_invitation',
        'playlist_accepted', 'profile_invitation', 'roster_proposal', 'credit_request',
        'split_proposal', 'profile_claimed'
    ]),
    drop constraint notification_preferences_not_pushed_check,
    add constraint notification_preferences_not_pushed_check check (not_pushed <@ array[
        'follow', 'track_like', 'track_comment', 'comment_like', 'post_like', 'post_comment',
        'reply', 'mention', 'message', 'sale', 'sale_refunded', 'transfer_completed',
        'transfer_failed', 'transfer_reversed', 'refund_made', 'refund_failed', 'refund_delayed',
        'preorder_delivered', 'commission_brief', 'commission_delivered', 'commission_message',
        'commission_changed', 'export_ready', 'archive_ready', 'went_live', 'stream_soon',
        'stream_cancelled', 'release_published',
        'release_like', 'track_ready', 'track_failed', 'warranty', 'playlist_invitation',
        'playlist_accepted', 'profile_invitation', 'roster_proposal', 'credit_request',
        'split_proposal', 'profile_claimed'
    ]),
    drop constraint notification_preferences_mailed_check,
    add constraint notification_preferences_mailed_check check (mailed <@ array[
        'follow', 'track_like', 'track_comment', 'comment_like', 'post_like', 'post_comment',
        'reply', 'mention', 'message', 'sale', 'sale_refunded', 'transfer_completed',
        'transfer_failed', 'transfer_reversed', 'refund_made', 'refund_failed', 'refund_delayed',
        'preorder_delivered', 'commission_brief', 'commission_delivered', 'commission_message',
        'commission_changed', 'export_ready', 'archive_ready', 'went_live', 'stream_soon',
        'stream_cancelled', 'release_published',
        'release_like', 'track_ready', 'track_failed', 'warranty', 'playlist_invitation',
        'playlist_accepted', 'profile_invitation', 'roster_proposal', 'credit_request',
        'split_proposal', 'profile_claimed'
    ]),
    drop constraint notification_preferences_not_mailed_check,
    add constraint notification_preferences_not_mailed_check check (not_mailed <@ array[
        'follow', 'track_like', 'track_comment', 'comment_like', 'post_like', 'post_comment',
        'reply', 'mention', 'message', 'sale', 'sale_refunded', 'transfer_completed',
        'transfer_failed', 'transfer_reversed', 'refund_made', 'refund_failed', 'refund_delayed',
        'preorder_delivered', 'commission_brief', 'commission_delivered', 'commission_message',
        'commission_changed', 'export_ready', 'archive_ready', 'went_live', 'stream_soon',
        'stream_cancelled', 'release_published',
        'release_like', 'track_ready', 'track_failed', 'warranty', 'playlist_invitation',
        'playlist_accepted', 'profile_invitation', 'roster_proposal', 'credit_request',
        'split_proposal', 'profile_claimed'
    ]);

alter table notifications
    drop constraint notifications_kind_check,
    add constraint notifications_kind_check check (kind in (
        'follow', 'track_like', 'track_comment', 'comment_like', 'post_like', 'post_comment',
        'reply', 'mention', 'message', 'sale', 'sale_refunded', 'transfer_completed',
        'transfer_failed', 'transfer_reversed', 'refund_made', 'refund_failed', 'refund_delayed',
        'preorder_delivered', 'commission_brief', 'commission_delivered', 'commission_message',
        'commission_changed', 'export_ready', 'archive_ready', 'went_live', 'stream_soon',
        'stream_cancelled', 'release_published',
        'release_like', 'track_ready', 'track_failed', 'warranty', 'playlist_invitation',
        'playlist_accepted', 'profile_invitation', 'roster_proposal', 'credit_request',
        'split_proposal', 'profile_claimed', 'warned', 'banned', 'unbanned', 'warning_withdrawn',
        'appeal_upheld', 'item_taken_down', 'item_restored', 'item_held', 'report_closed',
        'backup_failed', 'backup_overdue', 'new_device', 'factor_added', 'factor_removed',
        'password_changed', 'key_created', 'passkey_copied', 'factor_recovery'
    ));
