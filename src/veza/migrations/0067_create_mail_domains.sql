-- Domains of e-mail addresses that admins block, or that alone are allowed; with their subdomains.
create table mail_domains (
    -- In lower case, each label in ASCII (IDNA).
    domain     text primary key check (length(domain) between 1 and 253),
    rule       text not null check (rule in ('allow', 'block')),
    created_at timestamptz not null default now()
);

create index mail_domains_allow on mail_domains (domain) where rule = 'allow';
