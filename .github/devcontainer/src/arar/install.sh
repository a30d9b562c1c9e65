#!/bin/sh
# Installs the arar binary of a release, its checksum verified: for the Dev Container Feature, the setup action and people.
# It changes nothing but the one file, and leaves nothing behind where it fails.
#
#   VERSION=latest sh install.sh           download, verify, install
#   VERSION=latest sh install.sh resolve   print what that would be, as lines of name=value
#
# VERSION            latest (default) or X.Y.Z
# ARAR_INSTALL_DIR   absolute; /usr/local/bin for root, else $HOME/.local/bin
# ARAR_DOWNLOAD_URL  a release page on this very machine, for tests
set -eu

releases=https://github.com/ikedam/arar/releases
protocol=https

fail() {
  printf 'arar: %s\n' "$1" >&2
  if [ $# -gt 1 ]; then printf 'hint: %s\n' "$2" >&2; fi
  exit 1
}

has() { command -v "$1" >/dev/null 2>&1; }

# Nothing that was not checked here gets into a URL.
check_version() {
  case $1 in
    latest) return ;;
    *[!0-9.]* | .* | *. | *..* | *.*.*.*) ;;
    *.*.*) return ;;
  esac
  fail "cannot install version \"$1\": it must be latest or of the form 1.2.3"
}

choose_source() {
  [ -n "${ARAR_DOWNLOAD_URL:-}" ] || return 0
  port=${ARAR_DOWNLOAD_URL#http://127.0.0.1:}
  case $port in
    "$ARAR_DOWNLOAD_URL" | '' | *[!0-9]*)
      fail "cannot download from ARAR_DOWNLOAD_URL=$ARAR_DOWNLOAD_URL: only http://127.0.0.1:PORT is allowed, for tests"
      ;;
  esac
  releases=$ARAR_DOWNLOAD_URL
  protocol=http
}

choose_target() {
  suffix=
  system=$(uname -s)
  machine=$(uname -m)
  case $system in
    Linux) os=linux ;;
    Darwin) os=darwin ;;
    MINGW* | MSYS* | CYGWIN*) os=windows suffix=.exe ;;
    *) fail "no binary for the system $system: there are some for Linux, macOS and Windows" ;;
  esac
  case $system in *-ARM64) machine=arm64 ;; esac # an emulated shell on Windows says x86_64
  case $machine in
    x86_64 | amd64) arch=amd64 ;;
    aarch64 | arm64) arch=arm64 ;;
    *) fail "no binary for the architecture $machine: there are some for amd64 and arm64" ;;
  esac
  if [ "$os" = linux ] && ! has_glibc; then
    fail "the binaries need glibc, which this system has not (Alpine uses musl)" \
      "use an image with glibc (debian, ubuntu), or Alpine's own Deno: apk add deno && deno run -A jsr:@ikedam/arar"
  fi
}

has_glibc() {
  getconf GNU_LIBC_VERSION >/dev/null 2>&1 || ldd --version 2>&1 | grep -Eqi 'glibc|gnu libc'
}

choose_tools() {
  if has curl; then
    fetcher=curl
  elif has wget && { [ "$protocol" = http ] || wget --version 2>/dev/null | grep -q 'GNU Wget'; }; then
    fetcher=wget # BusyBox's may not check certificates
  else
    fail "cannot download: neither curl nor GNU wget is installed"
  fi
  if has sha256sum; then
    hasher=sha256sum
  elif has shasum; then
    hasher='shasum -a 256'
  elif has openssl; then
    hasher='openssl dgst -sha256 -r'
  else
    fail "cannot verify a download: none of sha256sum, shasum and openssl is installed"
  fi
}

# download URL FILE: from this protocol only, redirects included.
download() {
  case $fetcher in
    curl)
      curl --fail --silent --show-error --location --proto "=$protocol" --tlsv1.2 \
        --connect-timeout 20 --retry 3 --output "$2" "$1"
      ;;
    wget) wget --quiet --timeout=20 --tries=3 --output-document="$2" "$1" ;;
  esac || fail "cannot download $1"
}

sha256() {
  # The hasher is one of the constants of choose_tools, split into its words on purpose.
  # shellcheck disable=SC2086
  sum=$($hasher <"$1") && printf '%s' "${sum%% *}"
}

# From the list of checksums: which version this is, and the checksum of our file.
read_checksums() {
  found=0
  while read -r sum file || [ -n "$sum" ]; do
    file=${file#\*}
    case $file in arar_*_"${os}_$arch$suffix") ;; *) continue ;; esac
    number=${file#arar_}
    number=${number%"_${os}_$arch$suffix"}
    if [ "$version" = latest ] || [ "$version" = "$number" ]; then
      found=$((found + 1)) name=$file expected=$sum resolved=$number
    fi
  done <"$1"
  [ "$found" -eq 1 ] || fail "cannot find one arar for ${os}_$arch, version $version, in $checksums_url"
  [ "$resolved" != latest ] || fail "cannot tell the latest version from $checksums_url"
  check_version "$resolved"
  version=$resolved
  case $expected in *[!0-9a-f]*) expected= ;; esac
  [ "${#expected}" -eq 64 ] || fail "cannot read the checksum of $name in $checksums_url"
}

choose_folder() {
  if [ -n "${ARAR_INSTALL_DIR:-}" ]; then
    folder=$ARAR_INSTALL_DIR
  elif [ "$(id -u)" -eq 0 ]; then
    folder=/usr/local/bin
  else
    folder=${HOME:?}/.local/bin
  fi
  if [ "$os" = windows ] && has cygpath; then folder=$(cygpath -u "$folder"); fi
  case $folder in
    /*) ;;
    *) fail "cannot install into \"$folder\": the folder must be an absolute path" ;;
  esac
  target=${folder%/}/arar$suffix
  [ ! -d "$target" ] || fail "cannot install $target: it is a folder"
}

install_binary() {
  mkdir -p "$folder" || fail "cannot make the folder $folder"
  # Inside the target's folder, so that the last step is one rename: never half a file under the name.
  stage=$(mktemp -d "$folder/.arar.XXXXXX") || fail "cannot write into $folder"
  binary=$stage/arar$suffix
  download "$releases/download/v$version/$name" "$binary"
  actual=$(sha256 "$binary")
  [ "$actual" = "$expected" ] ||
    fail "refused $name: its sha256 is $actual, the release says $expected"
  chmod 755 "$binary"
  case $("$binary" --version </dev/null 2>&1) in
    "arar $version "* | "arar $version") ;;
    *) fail "refused $name: it does not run here as arar $version" ;;
  esac
  mv -f "$binary" "$target"
}

# All in functions until the last line: where this is piped into a shell, half of it does nothing.
main() {
  list='' stage=''
  trap 'rm -rf ${list:+"$list"} ${stage:+"$stage"}' EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM

  version=${VERSION:-latest}
  check_version "$version"
  choose_source
  choose_target
  choose_tools
  choose_folder

  case $version in
    latest) checksums_url=$releases/latest/download/checksums.txt ;;
    *) checksums_url=$releases/download/v$version/checksums.txt ;;
  esac
  list=$(mktemp)
  download "$checksums_url" "$list"
  read_checksums "$list"

  if [ "${1:-}" = resolve ]; then
    printf 'version=%s\nname=%s\nsha256=%s\n' "$version" "$name" "$expected"
  elif [ -f "$target" ] && [ "$(sha256 "$target")" = "$expected" ]; then
    echo "arar $version is already at $target"
  else
    install_binary
    echo "arar $version is installed at $target"
    case :$PATH: in
      *":${folder%/}:"*) ;;
      *) echo "add $folder to PATH to run it by its name" ;;
    esac
  fi
}

main "$@"
