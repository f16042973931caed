-- Clips that viewers made of a stream or its replay: what was sent, as it was sent. Those without a size are being
-- made. Null once the stream is deleted: a job deletes the clip as well.
create table stream_clips (
    id            uuid primary key,
    stream_id     uuid references streams on delete set null,
    maker_id      uuid not null references users on delete cascade,
    -- The replay that a clip of sound is of: null once the track is deleted, and then so is the clip.
    track_id      uuid references tracks on delete set null,
    title         text not null check (length(title) between 1 and 200),
    format        text not null check (format in ('ts', 'aac')),
    -- The microseconds and the bytes of its parts, and the numbers of those that follow a break of
    -- the encoder.
    parts_us      bigint[] not null default '{}' check (cardinality(parts_us) <= 200),
    parts_bytes   integer[] not null default '{}',
    breaks        integer[] not null default '{}' check (cardinality(breaks) <= 200),
    size_bytes    bigint not null default 0 check (size_bytes >= 0),
    is_taken_down boolean not null default false,
    created_at    timestamptz not null default now(),
    check (format = 'aac' or track_id is null),
    check ((size_bytes = 0) = (cardinality(parts_us) = 0)),
    check (cardinality(parts_us) = cardinality(parts_bytes))
);

create index stream_clips_stream_id on stream_clips (stream_id, created_at, id)
    where stream_id is not null;
create index stream_clips_maker_id on stream_clips (maker_id, created_at, id);
create index stream_clips_track_id on stream_clips (track_id) where track_id is not null;
create index stream_clips_left on stream_clips (created_at)
    where size_bytes = 0 or stream_id is null or format = 'aac' and track_id is null;

-- Owners are told once before a recording expires.
alter table stream_recordings add column expiry_told_at timestamptz;

create index stream_recordings_expiry_untold on stream_recordings (expires_at)
    where size_bytes > 0 and track_id is null and expiry_told_at is null;

alter table notification_preferences
    drop constraint notification_preferences_switched_off_check,
    add constraint notification_preferences_switched_off_check check (switched_off <@ array[
        'follow', 'track_like', 'track_comment', 'comment_like', 'post_like', 'post_comment',
        'reply', 'mention', 'message', 'sale', 'sale_refunded', 'transfer_completed',
        'transfer_failed', 'transfer_reversed', 'refund_made', 'refund_failed', 'refund_delayed',
        'preorder_delivered', 'commission_brief', 'commission_delivered', 'commission_message',
        'commission_changed', 'export_ready', 'archive_ready', 'went_live', 'stream_soon',
        'stream_cancelled', 'recording_expiring', 'release_published', 'release_like', 'track_ready', 'track_failed', 'warranty', 'playlist_invitation',
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
        'stream_cancelled', 'recording_expiring', 'release_published', 'release_like', 'track_ready', 'track_failed', 'warranty', 'playlist_invitation',
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
        'stream_cancelled', 'recording_expiring', 'release_published', 'release_like', 'track_ready', 'track_failed', 'warranty', 'playlist_invitation',
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
        'stream_cancelled', 'recording_expiring', 'release_published', 'release_like', 'track_ready', 'track_failed', 'warranty', 'playlist_invitation',
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
        'stream_cancelled', 'recording_expiring', 'release_published', 'release_like', 'track_ready', 'track_failed', 'warranty', 'playlist_invitation',
        'playlist_accepted', 'profile_invitation', 'roster_proposal', 'credit_request',
        'split_proposal', 'profile_claimed', 'warned', 'banned', 'unbanned', 'warning_withdrawn',
        'appeal_upheld', 'item_taken_down', 'item_restored', 'item_held', 'report_closed',
        'backup_failed', 'backup_overdue', 'new_device', 'factor_added', 'factor_removed',
        'password_changed', 'key_created', 'passkey_copied', 'factor_recovery'
    ));
