#!/bin/sh
# Measures updates of real releases beside bsdiff and rsync, and what verification costs beside
# tuf-js. Not part of the tests: machines differ.
#   sh tools/benchmark.sh
set -eu
here=$(cd "$(dirname "$0")" && pwd)
sh "$here/deps.sh" bsdiff rsync zstd
cd "$here/.."
sh tools/build.sh --programs build
ninja -C build tests/trust/xppkg-tuf-client benchmarks/many-targets >&2
sh tools/releases/fetch.sh tools/releases/quickstart.txt build/quickstart/releases
exec meson test -C build --no-rebuild --benchmark --verbose
