-- The attempts to make a backup, by the worker and by `veza backup`. A backup does not contain them.
create table backup_attempts (
    id          uuid primary key,
    -- A folder, or a URL without credentials and options.
    target      text not null check (length(target) between 1 and 500),
    started_at  timestamptz not null default now(),
    -- Null while it runs, and after it was killed, until somebody notices.
    finished_at timestamptz,
    -- The backup that was made. If old ones could not be deleted then, there is an error, too.
    backup_id   text check (length(backup_id) between 1 and 100),
    size_bytes  bigint check (size_bytes >= 0),
    objects     bigint check (objects >= 0),
    error       text check (length(error) between 1 and 1000),
    check ((backup_id is null) = (size_bytes is null)),
    check ((backup_id is null) = (objects is null)),
    check ((finished_at is not null) = (backup_id is not null or error is not null))
);

create index backup_attempts_started_at on backup_attempts (started_at desc);
