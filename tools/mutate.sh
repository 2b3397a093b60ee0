#!/bin/sh
# Takes each check of tests/mutation/mutations.py out of the sources, in a copy in build-mutation,
# and sees whether a test notices. Takes long: not part of the tests.
#   sh tools/mutate.sh [WORD …]    only where the file or what is checked holds a word
set -eu
here=$(cd "$(dirname "$0")" && pwd)
sh "$here/deps.sh"
cd "$here/.."
exec python3 tests/mutation/run.py . build-mutation "$@"
