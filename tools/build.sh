#!/bin/sh
# Configures a build folder once and builds it: all, or the programs that people use.
#   sh tools/build.sh [--programs] FOLDER [MESON-OPTION …]
set -eu
cd "$(dirname "$0")/.."
targets=
if [ "$1" = --programs ]; then
  targets="src/cli/xppkg tools/xppkg-release/xppkg-release"
  shift
fi
folder=$1
shift
# In CI a warning is an error.
[ -z "${CI:-}" ] || set -- -Dwerror=true "$@"
[ -f "$folder/build.ninja" ] || meson setup "$folder" "$@" >&2
# shellcheck disable=SC2086  # a list of words on purpose
ninja -C "$folder" $targets >&2
