-- Comments of suspended members are hidden in lists and counts: `tracks.comments_count` is the
-- number of rows that are not hidden.
alter table track_comments add column is_hidden boolean not null default false;
-- To process the comments of a member in batches, those on one track together.
create index track_comments_of_author on track_comments (author_id, track_id, id);
drop index track_comments_author_id;

-- The total size of the HLS files; null for tracks that were processed before.
alter table track_media add column ladder_size bigint check (ladder_size > 0);

-- For staff: members newest first, and search by a part of the name or address.
create index users_created_at on users (created_at, id);
create index users_search on users using gin (lower(username) gin_trgm_ops, lower(email) gin_trgm_ops);
create index users_admins on users (id) where role = 'admin';
create index users_creator_requested_at on users (created_at, id)
    where creator_requested_at is not null;

-- One report per reported item, however many members report it before it is resolved. Once its
-- author is erased, only its type and outcome remain.
create table reports (
    id           uuid primary key,
    content_type text not null check (length(content_type) between 1 and 50),
    content_id   uuid,
    author_id    uuid references users on delete set null,
    -- The item as it was at the first report.
    evidence     jsonb not null check (jsonb_typeof(evidence) = 'object'),
    status       text not null default 'pending'
                 check (status in ('pending', 'resolved', 'dismissed')),
    action       text check (action in ('resolve', 'dismiss', 'warn', 'ban')),
    reason       text check (length(reason) between 1 and 1000),
    resolved_by  uuid references users on delete set null,
    resolved_at  timestamptz,
    created_at   timestamptz not null default now(),
    check ((status = 'pending') = (action is null)),
    check ((status = 'dismissed') = (coalesce(action, '') = 'dismiss')),
    check ((status = 'pending') = (resolved_at is null))
);

create unique index reports_pending on reports (content_type, content_id)
    where status = 'pending';
create index reports_created_at on reports (created_at, id);
create index reports_status on reports (status, created_at, id);
create index reports_author_id on reports (author_id);
create index reports_resolved_by on reports (resolved_by);

-- The reporters of a report, each member once. The row of an erased reporter stays for the count.
create table report_entries (
    id          uuid primary key,
    report_id   uuid not null references reports on delete cascade,
    reporter_id uuid references users on delete set null,
    reason      text check (length(reason) between 1 and 1000),
    created_at  timestamptz not null default now(),
    unique (report_id, reporter_id)
);

create index report_entries_reporter_id on report_entries (reporter_id);

-- Warnings, suspensions and their ends: the member, the moderator, the time and the reason.
create table moderation_actions (
    id         uuid primary key,
    user_id    uuid not null references users on delete cascade,
    action     text not null check (action in ('warn', 'ban', 'unban')),
    reason     text check (length(reason) between 1 and 1000),
    report_id  uuid references reports on delete set null,
    decided_by uuid references users on delete set null,
    decided_at timestamptz not null default now(),
    check (action = 'unban' or reason is not null)
);

create index moderation_actions_user_id on moderation_actions (user_id, decided_at desc, id desc);
create index moderation_actions_report_id on moderation_actions (report_id);
create index moderation_actions_decided_by on moderation_actions (decided_by);
