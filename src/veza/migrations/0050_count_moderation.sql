-- Decisions about reports by quarter: numbers alone, computed by a job. They outlive the
-- reports.

create table transparency_quarters (
    starts_on   date primary key check (starts_on = date_trunc('quarter', starts_on::timestamp)),
    -- By measure, then by key: {"decisions": {"warn": 3}}.
    figures     jsonb not null check (jsonb_typeof(figures) = 'object'),
    computed_at timestamptz not null default now()
);
