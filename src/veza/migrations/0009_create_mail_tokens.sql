-- Links that mails hold, each good for one use: only the hashes of their tokens. A member has one of
-- each purpose at most, so that a newer one takes the place of the older. A used one is gone.
create table mail_tokens (
    user_id    uuid not null references users on delete cascade,
    purpose    text not null check (purpose in ('password_reset', 'email_verification')),
    token_hash bytea not null unique check (length(token_hash) = 32),
    email      text not null check (length(email) between 3 and 254),
    created_at timestamptz not null default now(),
    expires_at timestamptz not null check (expires_at > created_at),
    primary key (user_id, purpose)
);

create index mail_tokens_expires_at on mail_tokens (expires_at);
