-- Reports, the decisions of moderators, and appeals against them.

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
    -- A filter reports an item once, without a reporter.
    by_filter   boolean not null default false,
    unique (report_id, reporter_id),
    check (not by_filter or reporter_id is null)
);

create index report_entries_reporter_id on report_entries (reporter_id);
create unique index report_entries_by_filter on report_entries (report_id) where by_filter;

-- Warnings, suspensions and their ends, warnings that were withdrawn and appeals that were not
-- granted: the member, the moderator, the time and the reason.
create table moderation_actions (
    id         uuid primary key,
    user_id    uuid not null references users on delete cascade,
    action     text not null check (action in ('warn', 'ban', 'unban', 'withdraw', 'uphold')),
    reason     text check (length(reason) between 1 and 1000),
    report_id  uuid references reports on delete set null,
    decided_by uuid references users on delete set null,
    decided_at timestamptz not null default now(),
    check (action = 'unban' or reason is not null)
);

create index moderation_actions_user_id on moderation_actions (user_id, decided_at desc, id desc);
create index moderation_actions_report_id on moderation_actions (report_id);
create index moderation_actions_decided_by on moderation_actions (decided_by);

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

-- Words and links that admins refuse in public texts, or have reported.
create table text_filters (
    id         uuid primary key,
    kind       text not null check (kind in ('words', 'domain')),
    -- As it is compared: words in lower case, a domain in ASCII.
    pattern    text not null check (length(pattern) between 1 and 4000),
    -- As an admin wrote it.
    text       text not null check (length(text) between 1 and 200),
    effect     text not null check (effect in ('reject', 'report')),
    created_at timestamptz not null default now(),
    unique (kind, pattern)
);

-- The progress of an action on many members or reports: the token of a preview runs once.
create table bulk_runs (
    id         uuid primary key,
    action     text not null check (action in ('suspend', 'unsuspend', 'dismiss', 'resolve')),
    total      integer not null check (total between 0 and 500),
    done       integer not null default 0,
    applied    integer not null default 0,
    -- How many were left out, by reason.
    skipped    jsonb not null default '{}' check (jsonb_typeof(skipped) = 'object'),
    created_at timestamptz not null default now(),
    check (done between 0 and total),
    check (applied between 0 and done)
);

create index bulk_runs_created_at on bulk_runs (created_at);
