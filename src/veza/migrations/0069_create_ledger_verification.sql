-- The last verification of the ledger, in one row. It describes what is there, and nobody.
create table ledger_verification (
    is_only     boolean primary key default true check (is_only),
    started_at  timestamptz not null,
    finished_at timestamptz not null check (finished_at >= started_at),
    is_right    boolean not null,
    -- The first of them, at most 200; those that are broken come first.
    violations  jsonb not null check (jsonb_typeof(violations) = 'array')
);
