-- Who gets mail of a profile: members who chose so, addresses without an account, and their ends.

create table mail_subscriptions (
    id           uuid primary key,
    profile_id   uuid not null references users on delete cascade,
    -- A member, at the address of the account; or an address, which is forgotten at the end.
    user_id      uuid references users on delete cascade,
    email        text check (length(email) between 3 and 254),
    email_key    text generated always as (lower(email collate "C")) stored,
    address_hash bytea check (length(address_hash) = 32),
    source       text not null check (source in ('form', 'import', 'member')),
    status       text not null check (status in ('pending', 'confirmed', 'ended')),
    -- Of the words in the mail that asks for confirmation, and of the page.
    language     text not null default 'en' check (language ~ '^[a-z]{2}$'),
    created_at   timestamptz not null default now(),
    -- Until when it can be confirmed, and when the mail that asks for it was sent.
    expires_at   timestamptz,
    mailed_at    timestamptz,
    -- The proof of consent: when, from which network, and to which version of the words.
    confirmed_at timestamptz,
    network      text check (length(network) between 1 and 50),
    text_version smallint check (text_version between 1 and 1000),
    ended_at     timestamptz,
    check ((user_id is null) = (address_hash is not null)),
    check (user_id is null or email is null),
    check (user_id is not null or (email is null) = (status = 'ended')),
    check (status <> 'pending' or expires_at is not null),
    check (status <> 'confirmed'
           or (confirmed_at is not null and network is not null and text_version is not null)),
    check ((status = 'ended') = (ended_at is not null))
);

create unique index mail_subscriptions_member on mail_subscriptions (profile_id, user_id)
    where user_id is not null;
create unique index mail_subscriptions_address on mail_subscriptions (profile_id, address_hash)
    where address_hash is not null;
create index mail_subscriptions_user_id on mail_subscriptions (user_id)
    where user_id is not null;
create index mail_subscriptions_address_hash on mail_subscriptions (address_hash)
    where address_hash is not null;
create index mail_subscriptions_profile_id on mail_subscriptions (profile_id, status, id);
create index mail_subscriptions_pending on mail_subscriptions (expires_at)
    where status = 'pending';
create index mail_subscriptions_not_asked on mail_subscriptions (id)
    where status = 'pending' and mailed_at is null and source = 'import';
