-- Gear of members: instruments, machines, cables. Only the owner sees it.
create table gear (
    id             uuid primary key,
    owner_id       uuid not null references users on delete cascade,
    name           text not null check (length(name) between 1 and 200),
    category       text not null default '' check (length(category) <= 100),
    brand          text not null default '' check (length(brand) <= 200),
    model          text not null default '' check (length(model) <= 200),
    serial_number  text not null default '' check (length(serial_number) <= 200),
    bought_on      date,
    price_cents    integer check (price_cents between 0 and 100000000),
    currency       text not null check (currency ~ '^[A-Z]{3}$'),
    -- The last day on which the warranty holds.
    warranty_until date,
    -- The end of the warranty that the owner was notified of: a new one is announced again.
    warned_for     date,
    notes          text not null default '' check (length(notes) <= 5000),
    -- Text for searching, without case and accents.
    search_text    text not null,
    created_at     timestamptz not null default now(),
    updated_at     timestamptz not null default now()
);

create index gear_owner_id on gear (owner_id, created_at, id);
create index gear_warranty_until on gear (warranty_until, id)
    where warranty_until is not null and warned_for is distinct from warranty_until;

create table gear_repairs (
    id          uuid primary key,
    gear_id     uuid not null references gear on delete cascade,
    repair_date date not null,
    description text not null check (length(description) between 1 and 5000),
    cost_cents  integer not null check (cost_cents between 0 and 100000000),
    currency    text not null check (currency ~ '^[A-Z]{3}$'),
    provider    text not null default '' check (length(provider) <= 200),
    created_at  timestamptz not null default now(),
    updated_at  timestamptz not null default now(),
    -- For the foreign key of documents, so that a document and its repair have the same item.
    unique (gear_id, id)
);

create index gear_repairs_repair_date on gear_repairs (gear_id, repair_date, id);

-- Receipts, manuals and photos of an item or of one of its repairs. They outlive the repair.
create table gear_documents (
    id           uuid primary key,
    gear_id      uuid not null references gear on delete cascade,
    repair_id    uuid,
    type         text not null check (length(type) between 1 and 50),
    name         text not null check (length(name) between 1 and 255),
    content_type text not null check (length(content_type) between 1 and 255),
    size_bytes   integer not null check (size_bytes > 0),
    sha256       text not null check (sha256 ~ '^[0-9a-f]{64}$'),
    created_at   timestamptz not null default now(),
    foreign key (gear_id, repair_id) references gear_repairs (gear_id, id)
        on delete set null (repair_id)
);

create index gear_documents_gear_id on gear_documents (gear_id, created_at, id);
create index gear_documents_repair_id on gear_documents (gear_id, repair_id)
    where repair_id is not null;

-- Owners are notified before a warranty ends, unless they switched that off.
alter table notification_preferences
    drop constraint notification_preferences_switched_off_check,
    add constraint notification_preferences_switched_off_check
        check (switched_off <@ array['follow', 'track_like', 'track_comment', 'post_like',
                                     'post_comment', 'reply', 'mention', 'message', 'sale',
                                     'export_ready', 'went_live', 'track_ready', 'track_failed',
                                     'warranty']);

alter table notifications
    add column gear_id uuid references gear on delete cascade,
    drop constraint notifications_kind_check,
    add constraint notifications_kind_check
        check (kind in ('follow', 'track_like', 'track_comment', 'post_like', 'post_comment',
                        'reply', 'mention', 'message', 'sale', 'export_ready', 'went_live',
                        'track_ready', 'track_failed', 'warranty', 'warned', 'banned', 'unbanned',
                        'report_closed'));

create index notifications_gear_id on notifications (gear_id) where gear_id is not null;
