-- Tables of library.
select;
