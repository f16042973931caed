-- How a site presents itself: one row, which every process holds in memory but for the pages.
-- Null is what the software has: its own name, no colour, no page.
create table site_profile (
    is_only     boolean primary key default true check (is_only),
    name        text check (length(name) between 1 and 60),
    description text check (length(description) between 1 and 300),
    accent      text check (accent ~ '^#[0-9a-f]{6}$'),
    logo_id     uuid references images on delete set null,
    terms       text check (length(terms) between 1 and 40000),
    imprint     text check (length(imprint) between 1 and 40000),
    privacy     text check (length(privacy) between 1 and 40000),
    changed_at  timestamptz
);

insert into site_profile default values;

-- The link by which the first admin is created: one at a time, replaced at each start.
create table setup_link (
    is_only    boolean primary key default true check (is_only),
    token_hash bytea not null check (length(token_hash) = 32),
    expires_at timestamptz not null
);
