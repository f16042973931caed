-- Notifications of invitations to profiles and rosters, of credits and splits to answer, and of
-- pages that were claimed.

alter table notification_preferences
    drop constraint notification_preferences_switched_off_check,
    add constraint notification_preferences_switched_off_check check (switched_off <@ array[
        'follow', 'track_like', 'track_comment', 'post_like', 'post_comment', 'reply', 'mention',
        'message', 'sale', 'export_ready', 'went_live', 'track_ready', 'track_failed',
        'archive_ready', 'warranty', 'transfer_completed', 'transfer_failed', 'transfer_reversed',
        'sale_refunded', 'refund_made', 'refund_failed', 'refund_delayed', 'release_published',
        'release_like', 'playlist_invitation', 'playlist_accepted', 'preorder_delivered',
        'profile_invitation', 'roster_proposal', 'credit_request', 'split_proposal',
        'profile_claimed'
    ]),
    drop constraint notification_preferences_not_pushed_check,
    add constraint notification_preferences_not_pushed_check check (not_pushed <@ array[
        'follow', 'track_like', 'track_comment', 'post_like', 'post_comment', 'reply', 'mention',
        'message', 'sale', 'sale_refunded', 'transfer_completed', 'transfer_failed',
        'transfer_reversed', 'refund_made', 'refund_failed', 'refund_delayed',
        'preorder_delivered', 'export_ready', 'archive_ready', 'went_live', 'release_published',
        'release_like', 'track_ready', 'track_failed', 'warranty', 'playlist_invitation',
        'playlist_accepted', 'profile_invitation', 'roster_proposal', 'credit_request',
        'split_proposal', 'profile_claimed'
    ]);

alter table notifications
    drop constraint notifications_kind_check,
    add constraint notifications_kind_check check (kind in (
        'follow', 'track_like', 'track_comment', 'post_like', 'post_comment', 'reply', 'mention',
        'message', 'sale', 'export_ready', 'went_live', 'archive_ready', 'track_ready',
        'track_failed', 'warranty', 'warned', 'banned', 'unbanned', 'warning_withdrawn',
        'appeal_upheld', 'report_closed', 'transfer_completed', 'transfer_failed',
        'transfer_reversed', 'sale_refunded', 'refund_made', 'refund_failed', 'refund_delayed',
        'release_published', 'release_like', 'playlist_invitation', 'playlist_accepted',
        'preorder_delivered', 'backup_failed', 'backup_overdue', 'new_device', 'factor_added',
        'factor_removed', 'password_changed', 'key_created', 'passkey_copied', 'factor_recovery',
        'profile_invitation', 'roster_proposal', 'credit_request', 'split_proposal',
        'profile_claimed'
    )),
    add column profile_invitation_id uuid references profile_invitations on delete cascade,
    add column roster_entry_id       uuid references roster_entries on delete cascade,
    add column split_id              uuid references splits on delete cascade;

create index notifications_profile_invitation_id on notifications (profile_invitation_id)
    where profile_invitation_id is not null;
create index notifications_roster_entry_id on notifications (roster_entry_id)
    where roster_entry_id is not null;
create index notifications_split_id on notifications (split_id) where split_id is not null;
