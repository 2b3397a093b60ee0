#!/bin/sh
# A release with one file of 3 GiB, end to end: add, install, add another, apply, verify, back. Shows
# time and peak memory of each command. Needs about 20 GB of disk; not part of the tests.
#   sh tools/test-large.sh [GIB]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
sh "$here/deps.sh"
cd "$here/.."
sh tools/build.sh --programs build
exec python3 tools/test_large.py build build/large "${1:-3}"
