-- Exports of members' data as archives: one at a time for each member.
create table exports (
    id             uuid primary key,
    user_id        uuid not null references users on delete cascade,
    status         text not null default 'waiting'
                   check (status in ('waiting', 'running', 'ready', 'failed', 'expired')),
    -- Progress: files in the archive, and bytes of the member's own files.
    files_done     integer not null default 0 check (files_done >= 0),
    files_total    integer not null default 0 check (files_total >= 0),
    bytes_done     bigint not null default 0 check (bytes_done >= 0),
    bytes_total    bigint not null default 0 check (bytes_total >= 0),
    size_bytes     bigint check (size_bytes > 0),
    sha256         text check (sha256 ~ '^[0-9a-f]{64}$'),
    created_at     timestamptz not null default now(),
    ready_at       timestamptz,
    -- It can be downloaded until then, and is deleted soon after.
    expires_at     timestamptz,
    -- The try that counts: each writes its own archive, so a try that was taken for dead does no
    -- harm.
    tries          integer not null default 0 check (tries >= 0),
    -- Why it failed, in words for its member.
    failure_reason text check (length(failure_reason) between 1 and 200),
    check ((ready_at is null) = (expires_at is null)),
    check (status not in ('ready', 'expired') or size_bytes is not null and sha256 is not null
                                             and ready_at is not null)
);

create unique index exports_unfinished on exports (user_id) where status in ('waiting', 'running');
create index exports_user_id on exports (user_id, created_at);
create index exports_expires_at on exports (expires_at) where status = 'ready';

-- Accounts to be deleted once the delay set by the operator is over.
create table pending_deletions (
    user_id      uuid primary key references users on delete cascade,
    requested_at timestamptz not null default now(),
    due_at       timestamptz not null
);

create index pending_deletions_due_at on pending_deletions (due_at);

-- Erasures of suspended members by staff: when, by whom and why, but not who was erased.
create table staff_erasures (
    id         uuid primary key,
    reason     text not null check (length(reason) between 1 and 1000),
    decided_by uuid references users on delete set null,
    erased_at  timestamptz not null default now()
);

create index staff_erasures_erased_at on staff_erasures (erased_at desc, id desc);
create index staff_erasures_decided_by on staff_erasures (decided_by);
