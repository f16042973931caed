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
