-- Tables of releases.
select;
