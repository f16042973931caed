-- The work of a backup, in objects. Null for attempts of earlier versions, and for those that failed.
alter table backup_attempts
    -- Copied for the first time.
    add column copied_objects bigint check (copied_objects >= 0),
    -- Copies of earlier backups that were read again.
    add column reread_objects bigint check (reread_objects >= 0),
    -- Copies of earlier backups that were missing or damaged, and were made again.
    add column healed_objects bigint check (healed_objects >= 0),
    -- Gone from the storage: the backup has the copies of an earlier one.
    add column kept_objects bigint check (kept_objects >= 0),
    -- Gone or damaged in the storage, and in no backup.
    add column lost_objects bigint check (lost_objects >= 0);

-- Backups that an admin asked for, until they are made or fail. A backup does not contain them.
create table backup_requests (
    target       text primary key check (length(target) between 1 and 500),
    requested_at timestamptz not null default now()
);
