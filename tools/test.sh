#!/bin/sh
# Installs what it needs, builds, and runs all tests. Those of the rooms that read foreign bytes run
# a second time with the address and undefined-behaviour sanitizers.
#   sh tools/test.sh
set -eu
here=$(cd "$(dirname "$0")" && pwd)
sh "$here/deps.sh"
cd "$here/.."

status=0
sh tools/build.sh build
# Timing is left to the benchmarks: on busy machines, and under sanitizers, tests are only slow.
meson test -C build --no-rebuild --print-errorlogs --timeout-multiplier 4 || status=1

# Little optimised, because the sanitizers' code takes the compiler long; warnings were judged above.
sh tools/build.sh --readers build-sanitized -Db_sanitize=address,undefined -Db_lundef=false \
  -Doptimization=1 -Dwerror=false
meson test -C build-sanitized --no-rebuild --print-errorlogs --timeout-multiplier 8 \
  --suite unit --suite fuzz --suite source || status=1

python3 tools/count-tests.py build build-sanitized || status=1
exit $status
