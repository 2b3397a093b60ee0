#!/bin/sh
# Breaks updates off everywhere: first in memory, with a disk that forgets unsynced bytes, then the
# real program on a real disk, at each call that changes its folder. The tests run a sample of the
# second. Exit status 1 if a folder was neither old nor new.
#   sh tools/crash.sh
set -eu
here=$(cd "$(dirname "$0")" && pwd)
sh "$here/deps.sh"
cd "$here/.."
sh tools/build.sh --programs build
ninja -C build tests/crash/crash-tests tests/crash/short-write.so >&2
build/tests/crash/crash-tests --log_level=message
XPPKG=$PWD/build/src/cli/xppkg XPPKG_RELEASE=$PWD/build/tools/xppkg-release/xppkg-release \
  XPPKG_SHORT_WRITE_MODULE=$PWD/build/tests/crash/short-write.so \
  PYTHONPATH=tests/support PYTHONDONTWRITEBYTECODE=1 exec python3 tests/crash/sweep.py --all
