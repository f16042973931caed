-- Addresses that get no mail, or that did not get some, as hashes (SHA-256 of `users.email_key`).

create table mail_suppressions (
    address_hash  bytea primary key check (length(address_hash) = 32),
    -- Null as long as only a few mails were not delivered.
    cause         text check (cause in ('refused', 'unreachable', 'complaint')),
    failures      smallint not null default 0 check (failures between 0 and 100),
    -- What the server answered (RFC 3463).
    status        text check (status ~ '^[245]\.[0-9]{1,3}\.[0-9]{1,3}$'),
    suppressed_at timestamptz,
    updated_at    timestamptz not null default now(),
    check ((cause is null) = (suppressed_at is null))
);

create index mail_suppressions_counted on mail_suppressions (updated_at) where cause is null;
