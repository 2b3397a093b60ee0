#!/bin/sh
# Configures a build folder once and builds it: all, the programs that people use, or only what the
# tests of rooms that read foreign bytes need.
#   sh tools/build.sh [--programs | --readers] FOLDER [MESON-OPTION …]
set -eu
cd "$(dirname "$0")/.."
targets=
case $1 in
  --programs)
    targets="src/cli/xppkg tools/xppkg-release/xppkg-release tools/xppkg-delta/xppkg-delta"
    shift ;;
  --readers)
    targets="tests/unit/unit-tests tests/source/source-probe
      tests/fuzz/bsdiff_fuzz tests/fuzz/bsdiff_steps_fuzz
      tests/fuzz/delta_decoder_fuzz tests/fuzz/delta_prediction_fuzz tests/fuzz/delta_program_fuzz
      tests/fuzz/delta_segment_fuzz tests/fuzz/json_fuzz
      tests/fuzz/manifest_fuzz tests/fuzz/metadata_fuzz tests/fuzz/trusted_set_fuzz
      tests/fuzz/tree_index_fuzz"
    shift ;;
esac
folder=$1
shift
# In CI a warning is an error.
[ -z "${CI:-}" ] || set -- -Dwerror=true "$@"
[ -f "$folder/build.ninja" ] || meson setup "$folder" "$@" >&2
# shellcheck disable=SC2086  # a list of words on purpose
ninja -C "$folder" $targets >&2
