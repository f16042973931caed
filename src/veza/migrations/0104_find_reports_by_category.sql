-- Staff lists reports of a category, among many of others.

create index report_entries_category on report_entries (category, report_id);
