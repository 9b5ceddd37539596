#!/bin/sh
# Installs the servers that the tests of `mimamori fetch`, of lakes on PostgreSQL and of Celery workers ask, and what checks `mimamori metrics`
# and `deploy/`, where they are missing and can be had: as root, with apt-get (Debian). Elsewhere it changes nothing, and the tests are left out; with
# MIMAMORI_SERVER_TESTS=required it then fails.
set -eu

PATH="$PATH:/usr/sbin"
missing=
command -v sshd >/dev/null || missing="$missing openssh-server"
command -v nginx >/dev/null || missing="$missing nginx-light"
command -v promtool >/dev/null || missing="$missing promtool"
command -v systemd-analyze >/dev/null || missing="$missing systemd"
command -v initdb >/dev/null || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$missing postgresql"
command -v docker-compose >/dev/null || missing="$missing docker-compose"
command -v valkey-server >/dev/null || missing="$missing valkey-server"

if [ -n "$missing" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    export DEBIAN_FRONTEND=noninteractive
    echo "テストのために入れます / installing for the tests:$missing"
    # RUNLEVEL=1: the tests start them by themselves. Without a network this fails: what is missing is looked at below.
    # shellcheck disable=SC2086  # a list of package names
    apt-get update -qq && RUNLEVEL=1 apt-get install -y -qq --no-install-recommends $missing || true
fi

if [ "${MIMAMORI_SERVER_TESTS:-}" = required ]; then
    PATH="$PATH:$(echo /usr/lib/postgresql/*/bin | tr ' ' ':')"
    for program in sshd nginx promtool systemd-analyze docker-compose initdb valkey-server; do
        command -v "$program" >/dev/null || {
            echo "$program がありません / $program is missing; MIMAMORI_SERVER_TESTS=required" >&2
            exit 1
        }
    done
fi
