#!/bin/sh
# Fuzzes a reader of foreign bytes with libFuzzer and the address and undefined-behaviour sanitizers.
#   sh tools/fuzz.sh                    lists the targets
#   sh tools/fuzz.sh TARGET SECONDS     ends with 1 on a finding, which lies in build-fuzz/findings
# The corpus stays in build-fuzz/corpus/TARGET, so that the next run goes on from there.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/.."

if [ $# -eq 0 ]; then
  grep -l LLVMFuzzerTestOneInput tests/fuzz/*_fuzz.cpp | sed 's|.*/||; s|\.cpp$||'
  exit 0
fi
if [ $# -ne 2 ] || [ ! -f "tests/fuzz/$1.cpp" ]; then
  sed -n '2,4s/^# *//p' "$0" >&2
  exit 2
fi
target=$1
seconds=$2

sh "$here/deps.sh" clang
if [ ! -f build-fuzz/build.ninja ]; then
  # lundef: a library of its own does not hold the sanitizers' code.
  CC=clang CXX=clang++ meson setup build-fuzz -Dbuildtype=debugoptimized -Dwerror=false \
    -Db_sanitize=address,undefined -Db_lundef=false \
    -Dcpp_args='-fsanitize=fuzzer-no-link -fno-sanitize-recover=all' \
    -Dfuzz_engine=-fsanitize=fuzzer >&2
fi
ninja -C build-fuzz "tests/fuzz/$target" >&2

mkdir -p "build-fuzz/corpus/$target" build-fuzz/findings
if build-fuzz/tests/fuzz/"$target" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 \
  -print_final_stats=1 -artifact_prefix="build-fuzz/findings/$target-" \
  "build-fuzz/corpus/$target" tests/fuzz/seeds tests/golden; then
  echo "fuzz: $target found nothing in $seconds s" >&2
else
  echo "fuzz: $target has findings, see build-fuzz/findings; an input is run again with" >&2
  echo "  build-fuzz/tests/fuzz/$target FILE" >&2
  exit 1
fi
