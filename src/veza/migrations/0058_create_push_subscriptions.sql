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

-- Kinds that are shown in the list of notifications, but not pushed.
alter table notification_preferences
    add column not_pushed text[] not null default '{}'
        check (not_pushed <@ array['follow', 'track_like', 'track_comment', 'post_like',
                                   'post_comment', 'reply', 'mention', 'message', 'sale',
                                   'sale_refunded', 'transfer_completed', 'transfer_failed',
                                   'transfer_reversed', 'refund_made', 'refund_failed',
                                   'refund_delayed', 'preorder_delivered', 'export_ready',
                                   'archive_ready', 'went_live', 'release_published',
                                   'release_like', 'track_ready', 'track_failed',
                                   'warranty', 'playlist_invitation', 'playlist_accepted']);
