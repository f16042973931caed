#!/bin/sh
# Makes the roles and the database of Veza: PostgreSQL's image runs this at its first start.
set -eu

psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
    --set "owner=$(cat /run/secrets/postgres_owner)" \
    --set "app=$(cat /run/secrets/postgres_app)" <<'END'
create role veza_owner login password :'owner';
create role veza_app login password :'app';
create database veza owner veza_owner encoding 'UTF8' template template0;
revoke all on database veza from public;
grant connect, temporary on database veza to veza_app;
END
