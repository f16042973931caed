-- Followers are told of tracks that are public without a release, some minutes later and once.

-- Tracks that became public. What is decided stays decided, whatever becomes of the track.
create table track_announcements (
    track_id     uuid primary key references tracks on delete cascade,
    public_at    timestamptz not null default now(),
    decided_at   timestamptz,
    is_announced boolean not null default false,
    check (not is_announced or decided_at is not null)
);

create index track_announcements_undecided on track_announcements (public_at)
    where decided_at is null;

insert into track_announcements (track_id, decided_at)
     select id, now() from tracks where visibility = 'public' and status = 'ready';

create function plan_track_announcement() returns trigger language plpgsql as $$
begin
    if new.visibility = 'public' and new.status = 'ready' then
        insert into track_announcements (track_id) values (new.id) on conflict do nothing;
    else
        delete from track_announcements where track_id = new.id and decided_at is null;
    end if;
    return null;
end
$$;

create trigger tracks_published after insert on tracks
    for each row when (new.visibility = 'public' and new.status = 'ready')
    execute function plan_track_announcement();

create trigger tracks_publication_changed after update of visibility, status on tracks
    for each row when ((old.visibility = 'public' and old.status = 'ready')
                       <> (new.visibility = 'public' and new.status = 'ready'))
    execute function plan_track_announcement();

alter table notification_preferences
    drop constraint notification_preferences_switched_off_check,
    add constraint notification_preferences_switched_off_check check (switched_off <@ array[
        'follow', 'track_like', 'track_comment', 'comment_like', 'post_like', 'post_comment',
        'reply', 'mention', 'message', 'sale', 'sale_refunded', 'transfer_completed',
        'transfer_failed', 'transfer_reversed', 'refund_made', 'refund_failed', 'refund_delayed',
        'preorder_delivered', 'commission_brief', 'commission_delivered', 'commission_message',
        'commission_changed', 'export_ready', 'archive_ready', 'went_live', 'stream_soon',
        'stream_cancelled', 'recording_expiring', 'release_published', 'track_published',
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
        'stream_cancelled', 'recording_expiring', 'release_published', 'track_published',
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
        'stream_cancelled', 'recording_expiring', 'release_published', 'track_published',
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
        'stream_cancelled', 'recording_expiring', 'release_published', 'track_published',
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
        'stream_cancelled', 'recording_expiring', 'release_published', 'track_published',
        'release_like', 'track_ready', 'track_failed', 'warranty', 'playlist_invitation',
        'playlist_accepted', 'profile_invitation', 'roster_proposal', 'credit_request',
        'split_proposal', 'profile_claimed', 'warned', 'banned', 'unbanned', 'warning_withdrawn',
        'appeal_upheld', 'item_taken_down', 'item_restored', 'item_held', 'report_closed',
        'backup_failed', 'backup_overdue', 'new_device', 'factor_added', 'factor_removed',
        'password_changed', 'key_created', 'passkey_copied', 'factor_recovery'
    ));

-- What the picture of a profile shows, for who does not see it. Empty: the name.
alter table profiles add column avatar_alt text not null default ''
    check (length(avatar_alt) <= 500);
