-- Tables of statistics.
select;
