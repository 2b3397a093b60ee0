#!/bin/sh
# A site that is used for long, on PostgreSQL: tests/soak/soak.py. Not part of the tests.
#   sh tools/soak.sh [MINUTES [SEED]]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
sh "$here/deps.sh"
cd "$here/.."
sh tools/build.sh --programs build
XPPKG=$PWD/build/src/cli/xppkg XPPKG_RELEASE=$PWD/build/tools/xppkg-release/xppkg-release \
  XPPKG_DELTA=$PWD/build/tools/xppkg-delta/xppkg-delta XPPKG_TEST_BACKEND=${XPPKG_TEST_BACKEND:-postgresql} \
  PYTHONPATH=tests/support:tests/cli PYTHONDONTWRITEBYTECODE=1 \
  exec python3 tests/soak/soak.py "${1:-60}" ${2:+"$2"}
