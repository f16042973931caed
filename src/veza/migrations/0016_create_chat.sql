-- Chat tokens that were used: each opens one socket. What isn't here may be used until it expires,
-- and rows are forgotten once it would be refused anyway.
create table chat_tokens (
    id         uuid primary key,
    expires_at timestamptz not null
);

create index chat_tokens_expires_at on chat_tokens (expires_at);
