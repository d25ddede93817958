#!/bin/sh
# fetch.sh FOLDER: what the tables of system calls are made from, out of Debian packages, none of which is installed:
#   FOLDER/linux    sources of the newest kernel (linux-source)
#   FOLDER/man2     manual pages (manpages-dev)
#   FOLDER/names    what each libseccomp calls each number: one file for each version
# Needs apt-get, gcc, libseccomp-dev and 2 GB; asks only the mirror that apt.sh names.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../apt.sh"
mkdir -p "$1" && cd "$1"
work=$PWD
mkdir -p names man2

gcc -O1 -o names-of "$here/names.c" -lseccomp
for name in bookworm trixie sid; do
  suite "$name" "$work/apt-$name"
  unpacked libseccomp2 "$root/root"
  # Later libraries need a later C library, which comes with its own loader.
  unpacked libc6 "$root/root"
  lib=usr/lib/x86_64-linux-gnu
  [ -d "$root/root/$lib" ] || lib=lib/x86_64-linux-gnu
  loader=$(find "$root/root" -name 'ld-linux-x86-64.so.2' | head -n 1)
  version=$(find "$root/root" -name 'libseccomp.so.*.*.*' | sed 's/.*\.so\.//')
  "$loader" --library-path "$root/root/usr/lib/x86_64-linux-gnu:$root/root/lib/x86_64-linux-gnu" ./names-of \
    >"names/$version"
done

unpacked manpages-dev "$root/man"
for page in "$root"/man/usr/share/man/man2/*.2.gz; do
  gunzip -c "$page" >"man2/$(basename "$page" .gz)"
done

source=$(apt-cache depends linux-source | sed -n 's/.*Depends: //p')
unpacked "$source" "$root/linux"
mkdir -p linux
tar xJf "$root/linux/usr/src/$source.tar.xz" -C linux --strip-components 1 \
  --wildcards '*/Makefile' '*.tbl' '*.c' '*/include/*' '*/arch/*/asm/*'
