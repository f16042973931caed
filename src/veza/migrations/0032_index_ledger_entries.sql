-- Entries of an account in the order of their postings, for statements of a month, which are read
-- in parts. It also serves what the index on the account alone did.

create index ledger_entries_account_posting on ledger_entries (account_number, posting_id)
    include (amount_cents);

drop index ledger_entries_account_number;
