#!/bin/sh
# Fetches real releases with npm and checks each archive against the registry's own digest.
#   sh tools/releases/fetch.sh LIST FOLDER
# LIST has lines "PACKAGE NPM-NAME VERSION"; the result is FOLDER/PACKAGE/VERSION/. Releases that
# are there already are not fetched again. RELEASES_CACHE names a folder that keeps the archives;
# they are checked like fetched ones. Exit status 4: no registry answers.
set -eu

list=$1
folder=$2
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)

if ! command -v npm >/dev/null 2>&1; then
  root=
  [ "$(id -u)" = 0 ] || root=sudo
  echo "releases: installing npm" >&2
  DEBIAN_FRONTEND=noninteractive $root apt-get install -q -y --no-install-recommends npm >&2 ||
    exit 4
fi

fetch() {
  package=$1 name=$2 version=$3
  target=$folder/$package/$version
  [ ! -d "$target" ] || return 0
  expected=$(timeout 60 npm view "$name@$version" dist.integrity 2>/dev/null </dev/null | tail -n 1)
  case $expected in
    sha512-*) ;;
    *) echo "releases: no registry answers for $name@$version" >&2; return 4 ;;
  esac
  work=$(mktemp -d "$folder/.fetch.XXXXXX")
  kept=${RELEASES_CACHE:-}/$(printf %s "${name#@}" | tr / +)-$version.tgz
  if [ -n "${RELEASES_CACHE:-}" ] && [ -f "$kept" ]; then
    cp "$kept" "$work"
  elif ! (cd "$work" && timeout 600 npm pack --silent --ignore-scripts "$name@$version" </dev/null >/dev/null); then
    rm -rf "$work"
    echo "releases: $name@$version cannot be fetched" >&2
    return 4
  fi
  actual=sha512-$(openssl dgst -sha512 -binary "$work"/*.tgz | base64 -w 0)
  if [ "$actual" != "$expected" ]; then
    rm -rf "$work"
    echo "releases: $name@$version is not what the registry says: $actual" >&2
    return 5
  fi
  if [ -n "${RELEASES_CACHE:-}" ] && [ ! -f "$kept" ]; then
    mkdir -p "$RELEASES_CACHE"
    cp "$work"/*.tgz "$kept.part"
    mv "$kept.part" "$kept"
  fi
  mkdir "$work/tree"
  tar -xzf "$work"/*.tgz -C "$work/tree" --strip-components=1 --no-same-owner
  mkdir -p "$folder/$package"
  mv "$work/tree" "$target"
  rm -rf "$work"
  echo "releases: fetched $name@$version" >&2
}

while read -r package name version; do
  case $package in '' | '#'*) continue ;; esac
  fetch "$package" "$name" "$version" || exit $?
done <"$list"
