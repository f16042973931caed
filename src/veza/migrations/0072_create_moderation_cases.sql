-- Notes among staff about members.
create table member_notes (
    id         uuid primary key,
    user_id    uuid not null references users on delete cascade,
    -- None if the author's account was erased.
    author_id  uuid references users on delete set null,
    text       text not null check (char_length(text) between 1 and 2000),
    created_at timestamptz not null default now()
);

create index member_notes_user_id on member_notes (user_id, created_at desc, id desc);
create index member_notes_author_id on member_notes (author_id);

-- A warning that was withdrawn, and an appeal that was not granted, are actions with a reason too.
alter table moderation_actions
    drop constraint moderation_actions_action_check,
    add constraint moderation_actions_action_check
        check (action in ('warn', 'ban', 'unban', 'withdraw', 'uphold'));

-- Appeals of members against warnings and suspensions: one for each.
create table appeals (
    id          uuid primary key,
    action_id   uuid not null unique references moderation_actions on delete cascade,
    text        text not null check (char_length(text) between 1 and 2000),
    status      text not null default 'pending' check (status in ('pending', 'upheld', 'reversed')),
    -- The action that decided it.
    decision_id uuid references moderation_actions on delete cascade,
    created_at  timestamptz not null default now(),
    check ((status = 'pending') = (decision_id is null))
);

create index appeals_created_at on appeals (created_at desc, id desc);
create index appeals_status on appeals (status, created_at desc, id desc);
create index appeals_decision_id on appeals (decision_id);

alter table notifications
    drop constraint notifications_kind_check,
    add constraint notifications_kind_check
        check (kind in ('follow', 'track_like', 'track_comment', 'post_like', 'post_comment',
                        'reply', 'mention', 'message', 'sale', 'export_ready', 'went_live',
                        'archive_ready',
                        'track_ready', 'track_failed', 'warranty', 'warned', 'banned', 'unbanned',
                        'warning_withdrawn', 'appeal_upheld',
                        'report_closed', 'transfer_completed', 'transfer_failed',
                        'transfer_reversed', 'sale_refunded', 'refund_made', 'refund_failed',
                        'refund_delayed', 'release_published', 'release_like',
                        'playlist_invitation', 'playlist_accepted', 'preorder_delivered',
                        'backup_failed', 'backup_overdue', 'new_device', 'factor_added',
                        'factor_removed', 'password_changed', 'key_created', 'passkey_copied',
                        'factor_recovery'));
