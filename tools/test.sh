#!/bin/sh
# Installs its packages, builds, and runs the tests: what CI runs. Those of the rooms that read
# foreign bytes run a second time with the address and undefined-behaviour sanitizers.
#   sh tools/test.sh           everything but the lanes of tools/test-all.sh
#   sh tools/test.sh --quick   only what does not take long, without sanitizers
set -eu
here=$(cd "$(dirname "$0")" && pwd)
quick=
case ${1:-} in
  '') ;;
  --quick) quick=1 ;;
  *) sed -n '2,5s/^# *//p' "$0" >&2; exit 2 ;;
esac
sh "$here/deps.sh"
cd "$here/.."

status=0
# Many tests wait for a server or a clock: half as many more as there are processors keep these busy.
processes=$(($(nproc) * 3 / 2))
run_tests() {
  meson test --no-rebuild --print-errorlogs --num-processes "$processes" "$@" || status=1
}
sh tools/build.sh build
if [ -n "$quick" ]; then
  run_tests -C build --timeout-multiplier 4 --no-suite slow
  python3 tools/count-tests.py build || status=1
  exit $status
fi
# Timing is left to the benchmarks: on busy machines, and under sanitizers, tests are only slow.
run_tests -C build --timeout-multiplier 4

# Little optimised, because the sanitizers' code takes the compiler long; warnings were judged above.
# Lines of the source are told where a sanitizer finds something.
sh tools/build.sh --readers build-sanitized -Db_sanitize=address,undefined -Db_lundef=false \
  -Doptimization=1 -Dcpp_args=-g1 -Dwerror=false
run_tests -C build-sanitized --timeout-multiplier 8 --suite unit --suite fuzz --suite source

python3 tools/count-tests.py build build-sanitized || status=1
exit $status
