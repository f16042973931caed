-- Mails of a profile to many, and one row for each recipient while they are sent.

create table broadcasts (
    id                 uuid primary key,
    profile_id         uuid not null references users on delete cascade,
    author_id          uuid references users on delete set null,
    audience           text not null
                       check (audience in ('followers', 'buyers', 'subscribers', 'all')),
    language           text not null check (language ~ '^[a-z]{2}$'),
    subject            text not null check (length(subject) between 1 and 150),
    text               text not null check (length(text) between 1 and 20000),
    status             text not null default 'draft'
                       check (status in ('draft', 'scheduled', 'sending', 'sent', 'cancelled')),
    send_at            timestamptz,
    started_at         timestamptz,
    ended_at           timestamptz,
    -- Which recipients are collected next; null once all are.
    stage              text check (stage in ('followers', 'subscriptions')),
    collected_at       timestamptz,
    collected_id       uuid,
    recipients_count   integer not null default 0 check (recipients_count >= 0),
    sent_count         integer not null default 0 check (sent_count >= 0),
    refused_count      integer not null default 0 check (refused_count >= 0),
    left_out_count     integer not null default 0 check (left_out_count >= 0),
    unsubscribed_count integer not null default 0 check (unsubscribed_count >= 0),
    created_at         timestamptz not null default now(),
    updated_at         timestamptz not null default now(),
    check ((status = 'draft') = (send_at is null)),
    check ((status in ('sent', 'cancelled')) = (ended_at is not null)),
    check (status not in ('sending', 'sent') or started_at is not null),
    check (stage is null or status = 'sending'),
    check (sent_count + refused_count + left_out_count <= recipients_count)
);

create index broadcasts_profile_id on broadcasts (profile_id, created_at, id);
create index broadcasts_author_id on broadcasts (author_id) where author_id is not null;
create index broadcasts_due on broadcasts (send_at) where status in ('scheduled', 'sending');
create index broadcasts_ended on broadcasts (ended_at) where ended_at is not null;

create table broadcast_recipients (
    -- In the token of the mail, which is the same at each attempt.
    id              uuid primary key default gen_random_uuid(),
    broadcast_id    uuid not null references broadcasts on delete cascade,
    address_hash    bytea not null check (length(address_hash) = 32),
    user_id         uuid references users on delete cascade,
    subscription_id uuid references mail_subscriptions on delete cascade,
    status          text not null default 'waiting'
                    check (status in ('waiting', 'sending', 'sent', 'refused', 'left_out')),
    attempts        smallint not null default 0 check (attempts between 0 and 100),
    -- When it is tried next; while it is sent, when another process may take it.
    due_at          timestamptz not null default now(),
    unique (broadcast_id, address_hash),
    check ((user_id is null) <> (subscription_id is null))
);

create index broadcast_recipients_due on broadcast_recipients (broadcast_id, due_at)
    where status in ('waiting', 'sending');
create index broadcast_recipients_user_id on broadcast_recipients (user_id)
    where user_id is not null;
create index broadcast_recipients_subscription_id on broadcast_recipients (subscription_id)
    where subscription_id is not null;
