#!/bin/sh
# Installs what the browser tests need, where it is missing and can be had: as root, with apt-get (Debian).
# Elsewhere it changes nothing, and the tests are left out; with MIMAMORI_BROWSER_TESTS=required it then fails.
set -eu

missing=
command -v chromium >/dev/null || missing="$missing chromium"
command -v chromedriver >/dev/null || missing="$missing chromium-driver"
ls /usr/share/fonts/opentype/noto/NotoSansCJK-*.ttc >/dev/null 2>&1 || missing="$missing fonts-noto-cjk"

if [ -n "$missing" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    export DEBIAN_FRONTEND=noninteractive
    echo "画面のテストのために入れます / installing for the browser tests:$missing"
    # Without a network this fails: what is still missing is looked at below.
    # shellcheck disable=SC2086  # a list of package names
    apt-get update -qq && apt-get install -y -qq --no-install-recommends $missing || true
fi

if [ "${MIMAMORI_BROWSER_TESTS:-}" = required ]; then
    for program in chromium chromedriver; do
        command -v "$program" >/dev/null || {
            echo "$program がありません / $program is missing; MIMAMORI_BROWSER_TESTS=required" >&2
            exit 1
        }
    done
fi
