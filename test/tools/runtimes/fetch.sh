#!/bin/sh
# fetch.sh SUITE [PACKAGE=VERSION ...]: runc and crun of a Debian suite beside those of this machine: .runtimes/SUITE/runc
# and crun, each with the libraries of its own suite. The system tests start every runtime that is there. Needs apt-get and
# patchelf, not root; asks only the mirror that apt.sh names.
# Ends with 3, and leaves nothing, when the suite has other versions than those, or versions that writ does not cover.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
project=$here/../../..
. "$here/../apt.sh"
name=$1
shift
mkdir -p "$project/.runtimes"
folder=$(cd "$project/.runtimes" && pwd)/$name
rm -rf "$folder"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

other() { echo "$name has $1, $2" >&2; exit 3; }
versionOf() { apt-cache show --no-all-versions "$1" | sed -n 's/^Version: \([0-9.]*\).*/\1/p'; }

# What is tested are versions: one that a mirror kept longer than its signature is meant to hold is as good.
suite "$name" "$work/apt" 'Acquire::Check-Valid-Until "false";' 'Acquire::Languages "none";'
for wanted in "$@"; do
  version=$(versionOf "${wanted%=*}")
  [ "$version" = "${wanted#*=}" ] || other "${wanted%=*} $version" "not ${wanted#*=}"
done
version=$(versionOf libseccomp2)
grep -q "^  $version: " "$project/policies/baselines.yaml" || other "libseccomp $version" 'which policies/baselines.yaml has not'
for runtime in runc crun; do
  version=$(versionOf "$runtime")
  [ -f "$project/policies/runtimes/$runtime-$(echo "$version" | cut -d. -f1-2).yaml" ] ||
    other "$runtime $version" 'for which there is nothing in policies/runtimes'
done

apt-get install -qq --download-only --no-install-recommends runc crun >/dev/null
mkdir "$work/tree"
for package in "$work"/apt/cache/archives/*.deb; do dpkg-deb -x "$package" "$work/tree"; done
mkdir -p "$folder/lib"
find "$work/tree" -path '*/lib/x86_64-linux-gnu/*' ! -path '*/lib/x86_64-linux-gnu/*/*' -name '*.so*' \
  -exec cp -a {} "$folder/lib" ';'
for runtime in runc crun; do
  cp "$(find "$work/tree" -type f -path "*bin/$runtime")" "$folder/$runtime"
  # Runtimes start themselves again by /proc/self/exe: `ld.so PROGRAM` would start ld.so. Not RUNPATH, which does not hold
  # for what libraries load.
  patchelf --set-interpreter "$folder/lib/ld-linux-x86-64.so.2" --force-rpath --set-rpath "$folder/lib" "$folder/$runtime"
  "$folder/$runtime" --version | head -n 1
done
