-- Messages are written more often than they are searched: new entries are collected, and merged by
-- half a megabyte.
create index messages_words on messages using gin (words)
    with (fastupdate = on, gin_pending_list_limit = 512);

-- Messages of before, which a job indexes.
create index messages_without_words on messages (id) where words is null and deleted_at is null;
