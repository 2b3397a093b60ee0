#!/bin/sh
# Measures, and writes docs/figures.md with machine, date and commit, and the tables of the README
# that come from it: updates of real releases beside bsdiff, rsync and ostree, patches of some beside
# bsdiff, xdelta3 and zstd, the hot loops of patches one by one, the cost of verification beside
# tuf-js, and the site's database beside its own clients. Not part of the tests: machines differ.
#   sh tools/benchmark.sh          every benchmark of Meson; exit status 1 if one is over its bound
#   sh tools/benchmark.sh NAME …   these sections of docs/figures.md, also those that take hours
set -eu
here=$(cd "$(dirname "$0")" && pwd)
case ${1:-} in -*) sed -n '2,8s/^# *//p' "$0" >&2; exit 2 ;; esac
sh "$here/deps.sh" bsdiff ostree rsync time xdelta3 zstd
cd "$here/.."
sh tools/build.sh --programs build
# The benchmarks are set up with the tests.
[ -d build/tests ] || meson configure build -Dtests=true >&2
ninja -C build tests/trust/xppkg-tuf-client benchmarks/many-targets benchmarks/gate-call \
  benchmarks/delta_micro/delta-micro >&2
for list in quickstart folder; do
  sh tools/releases/fetch.sh "tools/releases/$list.txt" build/quickstart/releases
done
exec python3 tools/figures.py build "$@"
