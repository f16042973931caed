-- One-time tokens sent by e-mail, as hashes. A member has at most one per purpose: a newer token
-- replaces the older one. A used token is deleted.
create table email_tokens (
    user_id    uuid not null references users on delete cascade,
    purpose    text not null check (purpose in ('password_reset', 'email_verification')),
    token_hash bytea not null unique check (length(token_hash) = 32),
    email      text not null check (length(email) between 3 and 254),
    created_at timestamptz not null default now(),
    expires_at timestamptz not null check (expires_at > created_at),
    primary key (user_id, purpose)
);

create index email_tokens_expires_at on email_tokens (expires_at);
