-- When the figures of creators were counted: what came later is not in them yet.

alter table statistics_progress
    add column counted_at timestamptz;
