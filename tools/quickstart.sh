#!/bin/sh
# The main job on real releases: publish them, install the oldest, release newer ones in the site's
# database (SQLite), update, verify. Installs its packages, builds, and runs.
#   sh tools/quickstart.sh                     releases from npm
#   sh tools/quickstart.sh --from DIR1 DIR2 …  your own folders, oldest first
set -eu
here=$(cd "$(dirname "$0")" && pwd)
project=$(dirname "$here")

# The folders are given relative to where the caller is.
if [ "${1:-}" = --from ]; then
  shift
  count=$#
  while [ "$count" -gt 0 ]; do
    folder=$(cd "$1" && pwd)
    shift
    set -- "$@" "$folder"
    count=$((count - 1))
  done
  [ $# -ge 2 ] || { echo "quickstart: --from needs two folders or more" >&2; exit 2; }
elif [ $# -gt 0 ]; then
  sed -n '2,5s/^# *//p' "$0" >&2
  exit 2
fi

cat >&2 <<END
quickstart: builds xppkg, publishes real releases, and updates a pilot and a workstation to them.
  The first time on two free cores: five minutes, and what has to be downloaded; later half a minute.
END
missing=$(sh "$here/deps.sh" --programs --show)
[ -z "$missing" ] || echo "  To be installed with apt-get: $missing" >&2
[ $# -gt 0 ] || echo "  To be downloaded with npm: six releases of esbuild and typescript, 40 MB" >&2

sh "$here/deps.sh" --programs
cd "$project"
if [ ! -x build/src/cli/xppkg ]; then echo "quickstart: building (300 files)" >&2; fi
sh tools/build.sh --programs build
work=$project/build/quickstart
mkdir -p "$work"

if [ $# -gt 0 ]; then
  exec python3 tools/quickstart.py build "$work" --from "$@"
fi
if sh tools/releases/fetch.sh tools/releases/quickstart.txt "$work/releases"; then
  exec python3 tools/quickstart.py build "$work" --releases "$work/releases"
fi

echo "quickstart: no registry of releases answers; publishing two builds of xppkg itself" >&2
sh tools/build.sh --programs build/quickstart/earlier -Doptimization=1
own=$work/own
rm -rf "$own"
for release in earlier:"$work/earlier" later:"$project/build"; do
  folder=$own/${release%%:*}
  mkdir -p "$folder/bin" "$folder/doc"
  for program in src/cli/xppkg tools/xppkg-release/xppkg-release; do
    strip -o "$folder/bin/${program##*/}" "${release#*:}/$program"
  done
  cp README.md CHANGELOG.md LICENSE "$folder/doc"
done
exec python3 tools/quickstart.py build "$work" --from "$own/earlier" "$own/later"
