-- Comments of suspended members are in no list, and so in no count: `tracks.comments_count` is the
-- number of rows that are not hidden.
alter table track_comments add column is_hidden boolean not null default false;

-- What the files of the ladder take together; unknown of tracks that were processed before.
alter table track_media add column ladder_size bigint check (ladder_size > 0);

-- Staff list members, newest first, and find them by a part of their name or address.
create index users_created_at on users (created_at, id);
create index users_search on users using gin (lower(username) gin_trgm_ops, lower(email) gin_trgm_ops);
create index users_admins on users (id) where role = 'admin';
create index users_creator_requested_at on users (created_at, id)
    where creator_requested_at is not null;
