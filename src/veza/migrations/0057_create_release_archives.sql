-- Releases as ZIP files in a format that a buyer chose: built by a job, shared by all buyers, and
-- deleted some time after the last download.
create table release_archives (
    id             uuid primary key,
    -- Null after the release was deleted: a job deletes the archive.
    release_id     uuid references releases on delete set null,
    format         text not null
                   check (format in ('original', 'flac', 'mp3_v0', 'mp3_320', 'aac', 'opus')),
    -- A hash of everything in the archive.
    version        text not null check (version ~ '^[0-9a-f]{32}$'),
    status         text not null default 'building'
                   check (status in ('building', 'ready', 'failed')),
    -- Each try writes its own object, so that one that was taken for dead does no harm.
    tries          integer not null default 0 check (tries >= 0),
    -- Counted before each try, so that a file that kills its worker is not retried for ever.
    attempts       smallint not null default 0 check (attempts >= 0),
    progress       double precision not null default 0 check (progress between 0 and 1),
    failure_reason text check (length(failure_reason) between 1 and 300),
    -- The name of the file, without `.zip`.
    name           text not null check (length(name) between 1 and 200),
    size_bytes     bigint check (size_bytes > 0),
    sha256         text check (sha256 ~ '^[0-9a-f]{64}$'),
    created_at     timestamptz not null default now(),
    ready_at       timestamptz,
    -- When it was last asked for or downloaded, in steps of ten minutes.
    used_at        timestamptz not null default now(),
    -- Since then it is replaced, and kept for downloads that are under way.
    retired_at     timestamptz,
    check ((status = 'failed') = (failure_reason is not null)),
    check ((status = 'ready') = (ready_at is not null)),
    check (status <> 'ready' or size_bytes is not null and sha256 is not null)
);

create unique index release_archives_current on release_archives (release_id, format)
    where retired_at is null;
create index release_archives_release_id on release_archives (release_id);
create index release_archives_used_at on release_archives (used_at);
create index release_archives_retired_at on release_archives (retired_at)
    where retired_at is not null;
create index release_archives_orphaned on release_archives (id) where release_id is null;

-- Who is notified when an archive is ready; deleted then.
create table archive_requests (
    archive_id   uuid not null references release_archives on delete cascade,
    user_id      uuid not null references users on delete cascade,
    requested_at timestamptz not null default now(),
    primary key (archive_id, user_id)
);

create index archive_requests_user_id on archive_requests (user_id);
