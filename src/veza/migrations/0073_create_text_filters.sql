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

-- A filter reports an item once, without a reporter.
alter table report_entries
    add column by_filter boolean not null default false,
    add check (not by_filter or reporter_id is null);

create unique index report_entries_by_filter on report_entries (report_id) where by_filter;

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
