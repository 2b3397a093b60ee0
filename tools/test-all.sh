#!/bin/sh
# Runs the tests that take too long for tools/test.sh, in lanes, one after the other. Run a lane
# after each change of its subject. Writes date, commit, result and duration of each lane into
# docs/tested.md.
#   sh tools/test-all.sh              all lanes (about half a day)
#   sh tools/test-all.sh LANE …       these
#   sh tools/test-all.sh --list       names the lanes
# Exit status 1 if a lane failed. A lane's output is kept in build/lanes/LANE.log.
set -u
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/.." || exit 1

lanes='
test       what CI runs
crash      the real program broken off at each call that changes its folder, and power cuts
soak       an hour of a site: updates, releases, ways back, kills, damage, growth
fuzz       each reader of foreign bytes under libFuzzer for ten minutes
mutation   each guarded check taken out: a test has to notice
large      a release with one file of 3 GiB, end to end
no-pch     built without precompiled headers: each file includes what it uses
benchmarks figures beside peers; fails where a bound does not hold
'
names=$(echo "$lanes" | sed '/^$/d; s/ .*//')

run_lane() {
  case $1 in
    test) sh tools/test.sh ;;
    crash) sh tools/crash.sh ;;
    soak) sh tools/soak.sh "${SOAK_MINUTES:-60}" ;;
    fuzz)
      for target in $(sh tools/fuzz.sh); do
        sh tools/fuzz.sh "$target" "${FUZZ_SECONDS:-600}" || return 1
      done ;;
    mutation) sh tools/mutate.sh ;;
    large) sh tools/test-large.sh ;;
    no-pch)
      sh tools/deps.sh && rm -rf build/no-pch && sh tools/build.sh build/no-pch -Db_pch=false &&
        rm -rf build/no-pch ;;
    benchmarks) sh tools/benchmark.sh ;;
  esac
}

case ${1:-} in
  --list) echo "$lanes" | sed '/^$/d'; exit 0 ;;
  -*) sed -n '2,7s/^# *//p' "$0" >&2; exit 2 ;;
esac
[ $# -gt 0 ] || set -- $names
for lane in "$@"; do
  echo "$names" | grep -qx "$lane" || { echo "test-all: no lane $lane; the lanes are:" $names >&2; exit 2; }
done

mkdir -p build/lanes
status=0
for lane in "$@"; do
  echo "test-all: $lane, into build/lanes/$lane.log" >&2
  began=$(date +%s)
  if (set -e; run_lane "$lane") >"build/lanes/$lane.log" 2>&1 </dev/null; then result=passed; else result=failed; status=1; fi
  seconds=$(($(date +%s) - began))
  python3 tools/note_lane.py docs/tested.md "$lane" "$result" "$seconds" "build/lanes/$lane.log"
  echo "test-all: $lane $result after $seconds s" >&2
  [ $result = passed ] || tail -n 20 "build/lanes/$lane.log" >&2
done
exit $status
