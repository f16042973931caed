-- Tables of discovery.
select;
