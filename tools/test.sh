#!/bin/sh
# Installs what it needs, builds, and runs all tests: once as it is shipped, once with the address
# and undefined-behaviour sanitizers.
#   sh tools/test.sh
set -eu
here=$(cd "$(dirname "$0")" && pwd)
sh "$here/deps.sh"
cd "$here/.."

sh tools/build.sh build
sh tools/build.sh build-sanitized -Db_sanitize=address,undefined -Db_lundef=false

status=0
for folder in build build-sanitized; do
  # Timing is left to the benchmarks: under sanitizers and on busy machines tests are only slow.
  meson test -C "$folder" --no-rebuild --print-errorlogs --timeout-multiplier 4 || status=1
done
python3 tools/count-tests.py build build-sanitized || status=1
exit $status
