#!/bin/sh
# fetch.sh ARCH ...: Debian's kernel for arm64, ppc64le, riscv64 or s390x: .kernels/ARCH. test/system/kernels.test.ts asks
# every one that is there what it makes of filters. Needs apt-get, not root; asks only the mirror that apt.sh names.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../apt.sh"
mkdir -p "$here/../../../.kernels"
folder=$(cd "$here/../../../.kernels" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

for arch in "$@"; do
  case $arch in
    ppc64le) debian=ppc64el image=linux-image-powerpc64le ;;
    *) debian=$arch image=linux-image-$arch ;;
  esac
  suite trixie "$work/$arch" "APT::Architecture \"$debian\";" "APT::Architectures { \"$debian\"; };" 'Acquire::Languages "none";'
  newest=$(apt-cache depends "$image" | sed -n 's/.*Depends: \(linux-image-[0-9]\)/\1/p' | head -n 1)
  unpacked "$newest" "$work/$arch/tree"
  cp "$work/$arch/tree"/boot/vmlinu?-* "$folder/$arch"
  rm -rf "${work:?}/$arch"
  echo "$arch: $newest"
done
