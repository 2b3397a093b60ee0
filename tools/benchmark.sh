#!/bin/sh
# Measures updates of real releases beside bsdiff, rsync and ostree, patches of some beside bsdiff,
# xdelta3 and zstd, the hot loops of patches one by one, what verification costs beside tuf-js, and
# the site's database beside its own clients. Not part of the tests: machines differ.
#   sh tools/benchmark.sh
set -eu
here=$(cd "$(dirname "$0")" && pwd)
sh "$here/deps.sh" bsdiff ostree rsync time xdelta3 zstd
cd "$here/.."
sh tools/build.sh --programs build
ninja -C build tests/trust/xppkg-tuf-client benchmarks/many-targets benchmarks/gate-call \
  benchmarks/delta_micro/delta-micro >&2
for list in quickstart folder; do
  sh tools/releases/fetch.sh "tools/releases/$list.txt" build/quickstart/releases
done
exec meson test -C build --no-rebuild --benchmark --verbose
