# For scripts to source: packages of a Debian suite that this machine does not have, fetched and unpacked, never installed.
# The indexes are verified by apt against Debian's keys, and the packages against the indexes. Asks only the mirror below.
mirror=${MIRROR:-http://deb.debian.org/debian}

# suite NAME FOLDER [OPTION ...]: an apt of its own below FOLDER, so that the sources of this machine stay as they are;
# options are lines of apt.conf.
suite() {
  suite=$1 root=$2
  shift 2
  mkdir -p "$root/lists/partial" "$root/cache/archives/partial"
  : >"$root/status"
  cat >"$root/list" <<LIST
deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main
LIST
  {
    echo "Dir::Etc::sourcelist \"$root/list\";"
    echo 'Dir::Etc::sourceparts "-";'
    echo "Dir::State::lists \"$root/lists\";"
    echo "Dir::State::status \"$root/status\";"
    echo "Dir::Cache \"$root/cache\";"
    echo 'Debug::NoLocking "true";'
    echo 'APT::Sandbox::User "root";'
    for option in "$@"; do echo "$option"; done
  } >"$root/options"
  export APT_CONFIG="$root/options"
  apt-get update -qq -o APT::Update::Error-Mode=any
}

# unpacked PACKAGE FOLDER: one package of the suite
unpacked() {
  (cd "$root" && apt-get download -qq "$1" && dpkg-deb -x "$1"_*.deb "$2")
}
