-- Accounts, the ways to sign in to them, and who may create one.

create table users (
    id                   uuid primary key,
    username             text not null check (username ~ '^[A-Za-z0-9_-]{3,30}$'),
    email                text not null check (length(email) between 3 and 254),
    password_hash        text not null,
    role                 text not null default 'user'
                         check (role in ('user', 'creator', 'moderator', 'admin')),
    bio                  text not null default '' check (length(bio) <= 1000),
    do_not_sell          boolean not null default false,
    -- Set while an approval as a creator by an admin is pending.
    creator_requested_at timestamptz,
    created_at           timestamptz not null default now(),
    updated_at           timestamptz not null default now(),
    -- A suspended member can't sign in, and their content is hidden, until the suspension is
    -- lifted.
    suspended_at         timestamptz,
    suspension_reason    text check (length(suspension_reason) <= 1000),
    email_verified_at    timestamptz,
    -- Addresses and names are compared by these keys only: the text with A to Z lowered, the same
    -- on every server by the collation "C". The program normalises lookups (`core/normalize.py`)
    -- and accepts no address whose key would differ from its own result.
    email_key            text not null generated always as (lower(email collate "C")) stored,
    username_key         text not null generated always as (lower(username collate "C")) stored,
    -- False: the stored hash is of a password that nobody knows.
    has_password         boolean not null default true,
    -- Accounts of newcomers who wait for approval, or were declined, are hidden as suspended ones
    -- are.
    approval             text check (approval in ('waiting', 'declined')),
    constraint users_suspension_check
        check ((suspended_at is null) = (suspension_reason is null)),
    constraint users_approval_check1 check (approval is null or suspended_at is not null)
);

create unique index users_email_key on users (email_key);
create unique index users_username_key on users (username_key);
create index users_suspended_at on users (suspended_at) where suspended_at is not null;
-- Few: lists leave out what these members own.
create index users_suspended on users (id) where suspended_at is not null;
-- For staff: members newest first, and search by a part of the name or address.
create index users_created_at on users (created_at, id);
create index users_search on users using gin (username_key gin_trgm_ops, email_key gin_trgm_ops);
create index users_admins on users (id) where role = 'admin';
create index users_creator_requested_at on users (created_at, id)
    where creator_requested_at is not null;

create table sessions (
    id           uuid primary key,
    user_id      uuid not null references users on delete cascade,
    device       text not null,
    ip           text not null,
    created_at   timestamptz not null default now(),
    last_seen_at timestamptz not null default now(),
    expires_at   timestamptz not null,
    ended_at     timestamptz,
    -- What the member proved last, and when. `provider`: a second factor at an OpenID provider,
    -- where the settings say that it counts.
    proof        text not null default 'password'
                 check (proof in ('password', 'factor', 'provider')),
    proved_at    timestamptz not null default now()
);

create index sessions_user_id on sessions (user_id, created_at desc) where ended_at is null;
create index sessions_expires_at on sessions (expires_at);

-- Refresh tokens, as hashes. Spent ones are kept as long as the session, to recognise a second use.
create table refresh_tokens (
    token_hash     bytea primary key check (length(token_hash) = 32),
    session_id     uuid not null references sessions on delete cascade,
    expires_at     timestamptz not null,
    spent_at       timestamptz,
    -- With a spent token and the server's key the successor is derived again, for a client that
    -- lost the response. Deleted when the successor is spent.
    successor_salt bytea
        check (successor_salt is null or (length(successor_salt) = 16 and spent_at is not null))
);

create index refresh_tokens_session_id on refresh_tokens (session_id);

-- One-time tokens sent by e-mail, as hashes: links for the owner of an address, and notices about
-- the security of an account. A member has at most one per purpose: a newer token replaces the
-- older one. A used token is deleted.
create table email_tokens (
    user_id    uuid not null references users on delete cascade,
    purpose    text not null
               check (purpose in ('password_reset', 'email_verification', 'password_changed',
                                  'email_changed', 'new_device', 'factor_added', 'factor_removed',
                                  'key_created', 'passkey_copied', 'factor_recovery')),
    token_hash bytea not null unique check (length(token_hash) = 32),
    email      text not null check (length(email) between 3 and 254),
    created_at timestamptz not null default now(),
    expires_at timestamptz not null check (expires_at > created_at),
    primary key (user_id, purpose)
);

create index email_tokens_expires_at on email_tokens (expires_at);

create table api_keys (
    id           uuid primary key,
    user_id      uuid not null references users on delete cascade,
    name         text not null check (length(name) between 1 and 100),
    -- The key itself is shown once and not stored: only its hash and its first characters.
    key_hash     bytea not null check (length(key_hash) = 32),
    prefix       text not null check (length(prefix) = 12),
    scopes       text[] not null
                 check (cardinality(scopes) between 1 and 2 and scopes <@ array['read', 'write']),
    expires_at   timestamptz,
    created_at   timestamptz not null default now(),
    last_used_at timestamptz,
    revoked_at   timestamptz
);

create unique index api_keys_key_hash on api_keys (key_hash);
create index api_keys_user_id on api_keys (user_id, created_at desc);
create index api_keys_revoked_at on api_keys (revoked_at) where revoked_at is not null;

create table app_passwords (
    id             uuid primary key,
    user_id        uuid not null references users on delete cascade,
    name           text not null check (length(name) between 1 and 100),
    -- A password that is sent is looked up by its hash. Clients that prove that they know it need
    -- the password itself, which is encrypted with one of the installation's keys.
    password_hash  bytea not null unique check (octet_length(password_hash) = 32),
    sealed         bytea not null,
    sealed_with    integer not null check (sealed_with > 0),
    created_at     timestamptz not null default now(),
    last_used_at   timestamptz
);

create index app_passwords_user_id on app_passwords (user_id, created_at desc);

-- A member's authenticator app. The secret is encrypted with one of the installation's keys.
create table totp_factors (
    user_id      uuid primary key references users on delete cascade,
    sealed       bytea not null,
    sealed_with  integer not null check (sealed_with > 0),
    created_at   timestamptz not null default now(),
    -- When the first code was entered; null: it is no factor yet.
    confirmed_at timestamptz,
    -- The time step of the last code: no code is accepted twice.
    last_step    bigint not null default 0,
    last_used_at timestamptz
);

create index totp_factors_sealed_with on totp_factors (sealed_with, user_id);

create table recovery_codes (
    -- Codes have 130 random bits: a plain hash is enough.
    code_hash  bytea primary key check (octet_length(code_hash) = 32),
    user_id    uuid not null references users on delete cascade,
    created_at timestamptz not null default now(),
    used_at    timestamptz
);

create index recovery_codes_user_id on recovery_codes (user_id);

-- Logins with a right password that wait for a second factor.
create table login_challenges (
    token_hash      bytea primary key check (octet_length(token_hash) = 32),
    user_id         uuid not null references users on delete cascade,
    -- Of the password hash that was compared: another password ends the challenge.
    password_digest bytea not null check (octet_length(password_digest) = 32),
    tries           smallint not null default 0,
    created_at      timestamptz not null default now(),
    expires_at      timestamptz not null
);

create index login_challenges_user_id on login_challenges (user_id, created_at desc);
create index login_challenges_expires_at on login_challenges (expires_at);

-- Passkeys of members: the public halves of keys that their devices hold.
create table passkeys (
    id                 uuid primary key,
    user_id            uuid not null references users on delete cascade,
    -- By which a device finds its key: at most 1023 bytes (WebAuthn, 4).
    credential_id      bytea not null unique check (octet_length(credential_id) between 1 and 1023),
    -- As COSE_Key.
    public_key         bytea not null check (octet_length(public_key) between 1 and 1024),
    name               text not null check (char_length(name) between 1 and 60),
    -- Of the last signature; 0 if the device counts none.
    counter            bigint not null check (counter >= 0),
    is_backed_up       boolean not null,
    created_at         timestamptz not null default now(),
    last_used_at       timestamptz
);

create index passkeys_user_id on passkeys (user_id, created_at, id);

-- What a passkey has to sign: once, for one purpose.
create table passkey_challenges (
    challenge_hash bytea primary key check (octet_length(challenge_hash) = 32),
    purpose        text not null
                   check (purpose in ('register', 'sign_in', 'second_factor', 'step_up')),
    -- Null before it is known who signs in.
    user_id        uuid references users on delete cascade,
    -- The login that waits for a second factor.
    login_hash     bytea references login_challenges on delete cascade,
    created_at     timestamptz not null default now(),
    expires_at     timestamptz not null,
    check ((purpose = 'sign_in') = (user_id is null)),
    check ((purpose = 'second_factor') = (login_hash is not null))
);

create index passkey_challenges_user_id on passkey_challenges (user_id, purpose, created_at desc);
create index passkey_challenges_login_hash on passkey_challenges (login_hash);
create index passkey_challenges_expires_at on passkey_challenges (expires_at);

-- Members who lost their second factors: an admin has them removed after a waiting period.
create table factor_recoveries (
    user_id  uuid primary key references users on delete cascade,
    reason   text not null check (char_length(reason) between 1 and 1000),
    begun_at timestamptz not null default now(),
    due_at   timestamptz not null
);

create index factor_recoveries_due_at on factor_recoveries (due_at);

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

-- The mode that admins have chosen; without a row that of the settings applies.
create table sign_up_policy (
    is_only    boolean primary key default true check (is_only),
    mode       text not null check (mode in ('open', 'approval', 'invitation', 'closed')),
    changed_at timestamptz not null default now()
);

-- What newcomers wrote; deleted with the decision.
create table sign_up_requests (
    user_id    uuid primary key references users on delete cascade,
    message    text not null check (length(message) between 1 and 1000),
    created_at timestamptz not null default now()
);

create index sign_up_requests_created_at on sign_up_requests (created_at, user_id);

create table invitations (
    id         uuid primary key,
    code       text not null unique check (length(code) = 24),
    created_by uuid not null references users on delete cascade,
    max_uses   integer not null check (max_uses between 1 and 100),
    uses       integer not null default 0,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    check (uses between 0 and max_uses)
);

create index invitations_created_by on invitations (created_by, created_at desc, id desc);
create index invitations_created_at on invitations (created_at desc, id desc);
create index invitations_expires_at on invitations (expires_at);

-- Who invited whom.
create table invited_members (
    user_id    uuid primary key references users on delete cascade,
    invited_by uuid references users on delete set null,
    invited_at timestamptz not null default now()
);

create index invited_members_invited_by
    on invited_members (invited_by, invited_at desc, user_id desc)
    where invited_by is not null;

-- Domains of e-mail addresses that admins block, or that alone are allowed; with their subdomains.
create table mail_domains (
    -- In lower case, each label in ASCII (IDNA).
    domain     text primary key check (length(domain) between 1 and 253),
    rule       text not null check (rule in ('allow', 'block')),
    created_at timestamptz not null default now()
);

create index mail_domains_allow on mail_domains (domain) where rule = 'allow';

-- The link by which the first admin is created: one at a time, replaced at each start.
create table setup_link (
    is_only    boolean primary key default true check (is_only),
    token_hash bytea not null check (length(token_hash) = 32),
    expires_at timestamptz not null
);
