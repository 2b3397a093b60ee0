#!/bin/sh
# Configures a build folder once and builds it.
#   sh tools/build.sh FOLDER [MESON-OPTION …]
set -eu
cd "$(dirname "$0")/.."
folder=$1
shift
# In CI a warning is an error.
[ -z "${CI:-}" ] || set -- -Dwerror=true "$@"
[ -f "$folder/build.ninja" ] || meson setup "$folder" "$@" >&2
ninja -C "$folder" >&2
