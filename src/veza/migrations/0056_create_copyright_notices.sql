-- Notices of copyright, which people without an account send, and what owners answer.

create table copyright_notices (
    id            uuid primary key,
    status        text not null default 'unconfirmed'
                  check (status in ('unconfirmed', 'pending', 'upheld', 'rejected')),
    -- These five are emptied when the time for which notices are kept is over.
    signature     text check (length(signature) between 1 and 200),
    email         text check (length(email) between 3 and 254),
    rights_holder text check (length(rights_holder) between 1 and 200),
    work          text check (length(work) between 1 and 2000),
    statement     text check (length(statement) between 1 and 4000),
    -- Of the token in the mailed link, until the link ends.
    token_hash    bytea unique check (length(token_hash) = 32),
    expires_at    timestamptz not null,
    created_at    timestamptz not null default now(),
    confirmed_at  timestamptz,
    decided_at    timestamptz,
    decided_by    uuid references users on delete set null,
    -- For the owners of the items, or for the sender if it is rejected.
    reason        text check (length(reason) between 1 and 1000),
    -- For staff alone.
    note          text not null default '' check (length(note) <= 2000),
    emptied_at    timestamptz,
    check ((status = 'unconfirmed') = (confirmed_at is null)),
    check ((status in ('upheld', 'rejected')) = (decided_at is not null)),
    check (decided_by is null or decided_at is not null),
    check ((emptied_at is null) = (email is not null)),
    check (emptied_at is null or decided_at is not null)
);

create index copyright_notices_confirmed_at on copyright_notices (confirmed_at, id)
    where confirmed_at is not null;
create index copyright_notices_pending on copyright_notices (confirmed_at, id)
    where status = 'pending';
create index copyright_notices_unconfirmed on copyright_notices (expires_at)
    where status = 'unconfirmed';
create index copyright_notices_kept on copyright_notices (decided_at)
    where decided_at is not null and emptied_at is null;
create index copyright_notices_decided_by on copyright_notices (decided_by)
    where decided_by is not null;

create table copyright_items (
    notice_id    uuid not null references copyright_notices on delete cascade,
    position     smallint not null check (position between 1 and 10),
    -- As the sender wrote it. This and the next four are emptied with the owner's account.
    url          text check (length(url) between 1 and 500),
    -- The item that it names here, found when the notice was confirmed.
    content_type text check (length(content_type) between 1 and 50),
    content_id   uuid,
    owner_id     uuid references users on delete set null,
    title        text check (length(title) between 1 and 200),
    takedown_id  uuid references takedowns on delete set null,
    primary key (notice_id, position)
);

create index copyright_items_owner_id on copyright_items (owner_id) where owner_id is not null;
create index copyright_items_takedown_id on copyright_items (takedown_id)
    where takedown_id is not null;

create table copyright_counters (
    notice_id      uuid not null references copyright_notices on delete cascade,
    -- The owner of items of the notice who objects.
    owner_id       uuid not null references users on delete cascade,
    statement      text not null check (length(statement) between 1 and 4000),
    name           text not null check (length(name) between 1 and 200),
    address        text not null check (length(address) between 1 and 500),
    email          text not null check (length(email) between 3 and 254),
    created_at     timestamptz not null default now(),
    -- When the items come back, unless a claim was filed.
    restore_at     timestamptz not null,
    restored_at    timestamptz,
    claim_filed_at timestamptz,
    claim_filed_by uuid references users on delete set null,
    primary key (notice_id, owner_id),
    check (restored_at is null or claim_filed_at is null),
    check (claim_filed_by is null or claim_filed_at is not null)
);

create index copyright_counters_owner_id on copyright_counters (owner_id);
create index copyright_counters_due on copyright_counters (restore_at)
    where restored_at is null and claim_filed_at is null;
create index copyright_counters_claim_filed_by on copyright_counters (claim_filed_by)
    where claim_filed_by is not null;
