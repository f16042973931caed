-- Each reporter says what kind of wrong it is; entries of before are of the kind `other`.

alter table report_entries
    add column category text not null default 'other'
        constraint report_entries_category_check
        check (category in ('copyright', 'illegal', 'abuse', 'spam', 'impersonation',
                            'undisclosed_ai', 'other'));
