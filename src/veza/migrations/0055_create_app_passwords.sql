-- Tables of app passwords.
select;
