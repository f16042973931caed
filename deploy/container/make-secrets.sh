#!/bin/sh
# Makes the secrets of compose.yaml in the folder `secrets` beside it, once: see docs/operation.md.
set -eu
cd "$(dirname "$0")"
umask 077

if [ -e secrets ]; then
    echo "There are secrets already. Without them, data that is encrypted with them is lost." >&2
    exit 1
fi

# 32 random bytes in base64url, which need no encoding in URLs.
draw() {
    head -c 32 /dev/urandom | base64 | tr '+/' '-_' | tr -d '=\n'
}

put() {
    printf '%s' "$2" >"secrets.new/$1"
}

rm -rf secrets.new
mkdir secrets.new
owner=$(draw) app=$(draw) valkey=$(draw) s3=$(draw)

put postgres_superuser "$(draw)"
put postgres_owner "$owner"
put postgres_app "$app"
put database_url "postgresql://veza_app:$app@postgres/veza"
put migration_database_url "postgresql://veza_owner:$owner@postgres/veza"
put valkey.conf "requirepass $valkey"
put valkey_url "valkey://:$valkey@valkey:6379/0"
put s3.json "{\"identities\": [{\"name\": \"veza\", \"actions\": [\"Admin\"],
  \"credentials\": [{\"accessKey\": \"veza\", \"secretKey\": \"$s3\"}]}]}"
put storage_url "s3://veza?endpoint=http://s3:8333&region=us-east-1&access_key_id=veza&secret_access_key=$s3"
put jwt_secret "$(draw)"
put live_hook_secret "$(draw)"
put live_sealing_keys "$(draw)"
put vapid_private_key "$(draw)"
put hyperswitch_webhook_secret "$(draw)"

# Compose mounts files with their owner and mode, and each container has a user of its own. The
# folder keeps other users of this machine out.
chmod 0644 secrets.new/*
mv secrets.new secrets
echo "Made deploy/container/secrets. Keep a copy in a safe place."
