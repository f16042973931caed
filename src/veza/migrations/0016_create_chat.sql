-- Used chat tokens: each opens one socket. Rows are deleted after the token has expired.
create table chat_tokens (
    id         uuid primary key,
    expires_at timestamptz not null
);

create index chat_tokens_expires_at on chat_tokens (expires_at);
