-- Notifications of members, and the browsers that they are pushed to.

-- A row for each member who was notified or changed their preferences. Whoever notifies a member
-- locks the row first, so that nothing comes twice or out of order: `last_notified_at` only rises.
create table notification_preferences (
    user_id          uuid primary key references users on delete cascade,
    -- Kinds that the member switched off. Moderators' decisions can't be switched off.
    switched_off     text[] not null default '{}'
                     check (switched_off <@ array[
                         'follow', 'track_like', 'track_comment', 'post_like', 'post_comment',
                         'reply', 'mention', 'message', 'sale', 'export_ready', 'went_live',
                         'track_ready', 'track_failed', 'archive_ready', 'warranty',
                         'transfer_completed', 'transfer_failed', 'transfer_reversed',
                         'sale_refunded', 'refund_made', 'refund_failed', 'refund_delayed',
                         'release_published', 'release_like', 'playlist_invitation',
                         'playlist_accepted', 'preorder_delivered'
                     ]),
    last_notified_at timestamptz,
    -- Kinds that are shown in the list of notifications, but not pushed.
    not_pushed       text[] not null default '{}'
                     check (not_pushed <@ array[
                         'follow', 'track_like', 'track_comment', 'post_like', 'post_comment',
                         'reply', 'mention', 'message', 'sale', 'sale_refunded',
                         'transfer_completed', 'transfer_failed', 'transfer_reversed',
                         'refund_made', 'refund_failed', 'refund_delayed', 'preorder_delivered',
                         'export_ready', 'archive_ready', 'went_live', 'release_published',
                         'release_like', 'track_ready', 'track_failed', 'warranty',
                         'playlist_invitation', 'playlist_accepted'
                     ])
);

-- Notifications refer to their subjects by id: names and texts are read when they are shown, and
-- the deletion of a subject deletes them.
create table notifications (
    id                   uuid primary key,
    user_id              uuid not null references users on delete cascade,
    kind                 text not null
                         check (kind in (
                             'follow', 'track_like', 'track_comment', 'post_like', 'post_comment',
                             'reply', 'mention', 'message', 'sale', 'export_ready', 'went_live',
                             'archive_ready', 'track_ready', 'track_failed', 'warranty', 'warned',
                             'banned', 'unbanned', 'warning_withdrawn', 'appeal_upheld',
                             'report_closed', 'transfer_completed', 'transfer_failed',
                             'transfer_reversed', 'sale_refunded', 'refund_made', 'refund_failed',
                             'refund_delayed', 'release_published', 'release_like',
                             'playlist_invitation', 'playlist_accepted', 'preorder_delivered',
                             'backup_failed', 'backup_overdue', 'new_device', 'factor_added',
                             'factor_removed', 'password_changed', 'key_created', 'passkey_copied',
                             'factor_recovery'
                         )),
    -- At most one notification of a kind and a subject is unread: later ones are merged into it.
    subject_id           uuid not null,
    -- The number of actors who aren't suspended; null for notifications without actors.
    actors_count         integer check (actors_count >= 0),
    track_id             uuid references tracks on delete cascade,
    track_comment_id     uuid references track_comments on delete cascade,
    post_id              uuid references posts on delete cascade,
    post_comment_id      uuid references post_comments on delete cascade,
    -- The last message of the conversation, or the one that mentions the member, and its number
    -- there: the notification is read once the member has read the conversation up to it.
    message_id           uuid references messages on delete cascade,
    message_number       bigint,
    moderation_action_id uuid references moderation_actions on delete cascade,
    report_id            uuid references reports on delete cascade,
    read_at              timestamptz,
    created_at           timestamptz not null default now(),
    told_at              timestamptz not null,
    order_id             uuid references orders on delete cascade,
    stream_id            uuid references streams on delete cascade,
    gear_id              uuid references gear on delete cascade,
    export_id            uuid references exports on delete cascade,
    refund_id            uuid references refunds on delete cascade,
    transfer_id          uuid references transfers on delete cascade,
    playlist_id          uuid references playlists on delete cascade,
    release_id           uuid references releases on delete cascade,
    check ((message_id is null) = (message_number is null))
);

create unique index notifications_unread on notifications (user_id, kind, subject_id)
    where read_at is null;
create index notifications_user_id on notifications (user_id, told_at, id);
create index notifications_subject_id on notifications (subject_id, user_id);
create index notifications_track_id on notifications (track_id) where track_id is not null;
create index notifications_track_comment_id on notifications (track_comment_id)
    where track_comment_id is not null;
create index notifications_post_id on notifications (post_id) where post_id is not null;
create index notifications_post_comment_id on notifications (post_comment_id)
    where post_comment_id is not null;
create index notifications_message_id on notifications (message_id) where message_id is not null;
create index notifications_moderation_action_id on notifications (moderation_action_id)
    where moderation_action_id is not null;
create index notifications_report_id on notifications (report_id) where report_id is not null;
create index notifications_order_id on notifications (order_id) where order_id is not null;
create index notifications_stream_id on notifications (stream_id) where stream_id is not null;
create index notifications_gear_id on notifications (gear_id) where gear_id is not null;
create index notifications_export_id on notifications (export_id) where export_id is not null;
create index notifications_refund_id on notifications (refund_id) where refund_id is not null;
create index notifications_transfer_id on notifications (transfer_id)
    where transfer_id is not null;
create index notifications_playlist_id on notifications (playlist_id)
    where playlist_id is not null;
create index notifications_release_id on notifications (release_id) where release_id is not null;

-- The actors of a notification, each member once.
create table notification_actors (
    notification_id uuid not null references notifications on delete cascade,
    actor_id        uuid not null references users on delete cascade,
    acted_at        timestamptz not null,
    -- While the actor is suspended.
    is_hidden       boolean not null default false,
    primary key (notification_id, actor_id)
);

create index notification_actors_acted_at on notification_actors (notification_id, acted_at);
create index notification_actors_actor_id on notification_actors (actor_id, notification_id);

-- The browsers that get push messages: one for each session, and each browser once.
create table push_subscriptions (
    id            uuid primary key,
    session_id    uuid not null unique references sessions on delete cascade,
    user_id       uuid not null references users on delete cascade,
    -- The address at the browser's push service, which nobody else knows, and the browser's keys.
    endpoint      text not null unique check (length(endpoint) between 1 and 1000),
    p256dh        bytea not null check (octet_length(p256dh) = 65),
    auth          bytea not null check (octet_length(auth) = 16),
    user_agent    text not null check (length(user_agent) <= 300),
    -- The language of the messages, as the browser chose it.
    language      text not null check (language ~ '^[a-z]{2}$'),
    -- Whether messages contain titles and the beginning of texts.
    has_previews  boolean not null default true,
    created_at    timestamptz not null default now(),
    last_sent_at  timestamptz,
    -- Since when the push service has accepted nothing; null after a success.
    failing_since timestamptz
);

create index push_subscriptions_user_id on push_subscriptions (user_id, created_at desc);
create index push_subscriptions_failing_since on push_subscriptions (failing_since)
    where failing_since is not null;

-- A session that ends takes its subscription along, whatever ends it.
create function delete_push_subscription() returns trigger language plpgsql as $$
begin
    delete from push_subscriptions where session_id = new.id;
    return null;
end
$$;

create trigger sessions_delete_push_subscription
    after update of ended_at on sessions
    for each row when (old.ended_at is null and new.ended_at is not null)
    execute function delete_push_subscription();
