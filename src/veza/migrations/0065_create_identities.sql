-- Identities of members at OpenID providers: an issuer and a subject, never an address.
create table identities (
    id              uuid primary key,
    user_id         uuid not null references users on delete cascade,
    issuer          text not null check (char_length(issuer) between 1 and 500),
    subject         text not null check (char_length(subject) between 1 and 255),
    -- The address or the name there, by which the member recognises it. It identifies nobody.
    label           text not null check (char_length(label) between 1 and 255),
    -- The account was created by the first sign-in with it.
    created_account boolean not null default false,
    created_at      timestamptz not null default now(),
    last_used_at    timestamptz not null default now(),
    unique (issuer, subject),
    unique (user_id, issuer)
);

-- Sign-ins that browsers began. What they have to bring back is derived from the token.
create table openid_attempts (
    token_hash bytea primary key check (octet_length(token_hash) = 32),
    provider   text not null,
    network    text not null,
    -- Of the member whom the identity is to be linked to; null: to sign in.
    session_id uuid references sessions on delete cascade,
    next_path  text not null check (char_length(next_path) between 1 and 500),
    created_at timestamptz not null default now(),
    expires_at timestamptz not null
);

create index openid_attempts_network on openid_attempts (network, created_at desc);
create index openid_attempts_session_id on openid_attempts (session_id)
    where session_id is not null;
create index openid_attempts_expires_at on openid_attempts (expires_at);

-- False: the stored hash is of a password that nobody knows.
alter table users add column has_password boolean not null default true;

-- A second factor at an OpenID provider, where the settings say that it counts.
alter table sessions
    drop constraint sessions_proof_check,
    add constraint sessions_proof_check check (proof in ('password', 'factor', 'provider'));
