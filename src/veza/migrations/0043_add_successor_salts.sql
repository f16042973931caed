-- From a spent token, this and the server's key its successor is derived once more, for a client that
-- lost the answer. It is deleted when the successor is spent.
alter table refresh_tokens
    add column successor_salt bytea
        check (successor_salt is null or (length(successor_salt) = 16 and spent_at is not null));
