#!/bin/sh
# Installs what building and testing xppkg needs on Debian 12, with apt-get. Quick when all is there.
#   sh tools/deps.sh [MORE-PACKAGES …]
#   sh tools/deps.sh --programs [--show]   what the programs and the quickstart need;
#                                          --show only names what is missing
set -eu

packages="
  g++ meson ninja-build pkg-config ccache python3 ca-certificates
  libsodium-dev libssl-dev libzstd-dev libbz2-dev libdivsufsort-dev libpoco-dev libsqlite3-dev libutf8proc-dev zlib1g-dev
  libarchive-dev
  libpq-dev libmariadb-dev libcli11-dev libfmt-dev nlohmann-json3-dev
  openssl
"
# Node from elsewhere brings its own npm, and then Debian's cannot be installed.
command -v npm >/dev/null 2>&1 || packages="$packages npm"
show=
if [ "${1:-}" = --programs ]; then
  shift
  if [ "${1:-}" = --show ]; then show=1; shift; fi
else
  packages="$packages
    git libboost-test-dev libbenchmark-dev
    postgresql mariadb-server-core mariadb-client-core
    nginx-light sqlite3 python3-jsonschema nodejs faketime strace bsdiff pkexec polkitd dbus-daemon
  "
fi

missing=
for package in $packages "$@"; do
  state=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$state" = installed ] || missing="$missing $package"
done
if [ -n "$show" ]; then
  echo "${missing# }"
  exit 0
fi
[ -n "$missing" ] || exit 0

root=
if [ "$(id -u)" != 0 ]; then
  command -v sudo >/dev/null 2>&1 || {
    echo "deps: these packages are missing and only root can install them:$missing" >&2
    echo "deps: run as root: apt-get install$missing" >&2
    exit 6
  }
  root=sudo
fi

echo "deps: installing$missing" >&2
DEBIAN_FRONTEND=noninteractive
export DEBIAN_FRONTEND
# The tests start servers of their own: none is to run on this machine because of them.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' | $root tee "$policy" >/dev/null
  $root chmod 755 "$policy"
  trap '$root rm -f "$policy"' EXIT
fi
# shellcheck disable=SC2086  # the lists are words on purpose
{
  $root apt-get update -q
  $root apt-get install -q -y --no-install-recommends $missing
} >&2
