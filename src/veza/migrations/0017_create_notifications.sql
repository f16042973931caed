-- A row for each member who was notified or changed their preferences. Whoever notifies a member
-- locks the row first, so that nothing comes twice or out of order: `last_notified_at` only rises.
create table notification_preferences (
    user_id      uuid primary key references users on delete cascade,
    -- Kinds that the member switched off. Moderators' decisions can't be switched off.
    switched_off text[] not null default '{}'
                 check (switched_off <@ array['follow', 'track_like', 'track_comment', 'post_like',
                                              'post_comment', 'reply', 'mention', 'message',
                                              'sale', 'export_ready', 'went_live', 'track_ready',
                                              'track_failed']),
    last_notified_at timestamptz
);

-- Notifications refer to their subjects by id: names and texts are read when they are shown, and
-- the deletion of a subject deletes them.
create table notifications (
    id               uuid primary key,
    user_id          uuid not null references users on delete cascade,
    kind             text not null
                     check (kind in ('follow', 'track_like', 'track_comment', 'post_like',
                                     'post_comment', 'reply', 'mention', 'message', 'sale',
                                     'export_ready', 'went_live', 'track_ready', 'track_failed',
                                     'warned', 'banned', 'unbanned', 'report_closed')),
    -- At most one notification of a kind and a subject is unread: later ones are merged into it.
    subject_id       uuid not null,
    -- The number of actors who aren't suspended; null for notifications without actors.
    actors_count     integer check (actors_count >= 0),
    track_id         uuid references tracks on delete cascade,
    track_comment_id uuid references track_comments on delete cascade,
    post_id          uuid references posts on delete cascade,
    post_comment_id  uuid references post_comments on delete cascade,
    -- The last message of the conversation, or the one that mentions the member, and its number
    -- there: the notification is read once the member has read the conversation up to it.
    message_id       uuid references messages on delete cascade,
    message_number   bigint,
    moderation_action_id      uuid references moderation_actions on delete cascade,
    report_id        uuid references reports on delete cascade,
    read_at          timestamptz,
    created_at       timestamptz not null default now(),
    told_at          timestamptz not null,
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
