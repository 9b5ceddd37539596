#!/bin/sh
# Runs a command under another clock, which goes on from there in all that it starts:
#   scripts/at_clock.sh 2028-02-29T23:50Z make test
# By libfaketime, which is installed where it is missing and can be had: as root, with apt-get (Debian). The kernel's own clock stays as it
# is, and so does that of programs that do not start under libfaketime (Chromium) or do not ask the C library (those in Go).
set -eu

[ $# -ge 2 ] || { echo "usage: $0 INSTANT COMMAND..." >&2; exit 2; }
offset=$(($(date -u -d "$1" +%s) - $(date -u +%s))) || exit 2
shift

library() { find /usr/lib -name libfaketimeMT.so.1 -print -quit; }
if [ -z "$(library)" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq && apt-get install -y -qq --no-install-recommends libfaketime >&2
fi
[ -n "$(library)" ] || { echo "$0: libfaketime がありません / libfaketime is missing" >&2; exit 2; }

programs=$(mktemp -d)
trap 'rm -rf "$programs"' EXIT
for program in chromium chromedriver; do
    found=$(command -v "$program") || continue
    printf '#!/bin/sh\nexec env -u LD_PRELOAD %s "$@"\n' "$found" >"$programs/$program"
    chmod +x "$programs/$program"
done

# The offset never changes, so that processes need not share it: a process that is killed would leave its part in /dev/shm.
export PATH="$programs:$PATH" FAKETIME="${offset}s" FAKETIME_DONT_FAKE_MONOTONIC=1 FAKETIME_DISABLE_SHM=1
case $offset in -*) ;; *) FAKETIME="+$FAKETIME" ;; esac
LD_PRELOAD=$(library) "$@"
