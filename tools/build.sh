#!/bin/sh
# Configures a build folder once and builds it: all, the programs that people use (which needs fewer
# packages), or only what the tests of rooms that read foreign bytes need.
#   sh tools/build.sh [--programs | --readers] FOLDER [MESON-OPTION …]
set -eu
cd "$(dirname "$0")/.."
targets=
tests=true
case $1 in
  --programs)
    targets="src/cli/xppkg tools/xppkg-release/xppkg-release tools/xppkg-delta/xppkg-delta"
    tests=false
    shift ;;
  --readers)
    targets="tests/unit/unit-tests tests/source/source-probe
      tests/fuzz/bsdiff_fuzz tests/fuzz/bsdiff_steps_fuzz
      tests/fuzz/delta_decoder_fuzz tests/fuzz/delta_prediction_fuzz tests/fuzz/delta_program_fuzz
      tests/fuzz/delta_segment_fuzz tests/fuzz/http_content_fuzz tests/fuzz/http_response_fuzz
      tests/fuzz/json_fuzz
      tests/fuzz/manifest_fuzz tests/fuzz/metadata_fuzz tests/fuzz/trusted_set_fuzz
      tests/fuzz/tree_index_fuzz"
    shift ;;
esac
folder=$1
shift
# In CI a warning is an error.
[ -z "${CI:-}" ] || set -- -Dwerror=true "$@"
if [ ! -f "$folder/build.ninja" ]; then
  meson setup "$folder" -Dtests=$tests "$@" >&2
elif [ $tests = true ] && ! [ -d "$folder/tests" ]; then
  meson configure "$folder" -Dtests=true >&2  # Only the programs were built so far.
fi
# Without it ccache keeps nothing that was compiled with a precompiled header.
CCACHE_SLOPPINESS=${CCACHE_SLOPPINESS:-pch_defines,time_macros}
export CCACHE_SLOPPINESS
# How much is done, and for how many seconds it works.
NINJA_STATUS='[%p %es] '
export NINJA_STATUS
# shellcheck disable=SC2086  # a list of words on purpose
ninja -C "$folder" $targets >&2
