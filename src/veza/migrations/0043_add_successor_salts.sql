-- With a spent token and the server's key the successor is derived again, for a client that lost
-- the response. The salt is deleted when the successor is spent.
alter table refresh_tokens
    add column successor_salt bytea
        check (successor_salt is null or (length(successor_salt) = 16 and spent_at is not null));
