#!/bin/sh
# Runs nginx in compose.yaml, with deploy/nginx.conf for VEZA_DOMAIN. A certificate that was renewed
# is found within an hour (RELOAD_SECONDS), and read by a reload, which interrupts no request.
set -eu

sed -e "s/veza\.example/$VEZA_DOMAIN/g" -e "s/server 127\.0\.0\.1:8080/server veza:8080/" \
    -e "s#/var/log/nginx/veza\.log#/dev/stdout#" \
    /etc/veza/nginx.conf >/etc/nginx/conf.d/veza.conf

certificate=/etc/letsencrypt/live/$VEZA_DOMAIN/fullchain.pem

reload_after_renewals() {
    last=$(cksum <"$certificate")
    while sleep "${RELOAD_SECONDS:-3600}"; do
        now=$(cksum <"$certificate") || continue
        if [ "$now" != "$last" ]; then
            # If it fails, it is tried again: the key may not be written yet.
            nginx -t && nginx -s reload && last=$now
        fi
    done
}

reload_after_renewals &
# Connections that stay open, such as WebSockets, are closed ten minutes after a reload: clients
# connect again.
exec nginx -g "daemon off; worker_shutdown_timeout 10m;"
