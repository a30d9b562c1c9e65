#!/bin/sh
# Downloads arar from a release, verifies its checksum, and installs it. The setup action and the Dev Container Feature use
# this script, too. It writes one file only, and none if it fails.
#
#   sh install.sh           download, verify, install
#   sh install.sh resolve   print the version that would be installed, as version=X.Y.Z
#
# ARAR_VERSION               latest (default) or X.Y.Z
# ARAR_INSTALL_DIR           absolute path; default: /usr/local/bin for root, else $HOME/.local/bin
# ARAR_REQUIRE_ATTESTATION   true: also verify, with gh, that arar's own release workflow built the binary
# ARAR_DOWNLOAD_URL          for tests: a release page on 127.0.0.1
set -eu

repository=ikedam/arar
releases=https://github.com/$repository/releases
protocol=https

fail() {
  printf 'arar: %s\n' "$1" >&2
  if [ $# -gt 1 ]; then printf 'hint: %s\n' "$2" >&2; fi
  exit 1
}

has() { command -v "$1" >/dev/null 2>&1; }

choose_version() {
  # Only a Feature has _REMOTE_USER, and gets its option as VERSION (https://containers.dev/implementors/features/). CI
  # machines export a VERSION for other purposes.
  if [ -n "${_REMOTE_USER:-}" ]; then
    version=${VERSION:-latest}
  else
    version=${ARAR_VERSION:-latest}
  fi
  check_version "$version"
}

# Every version that becomes part of a URL is checked here.
check_version() {
  case $1 in
    latest) return ;;
    *[!0-9.]* | .* | *. | *..* | *.*.*.*) ;;
    *.*.*) return ;;
  esac
  fail "cannot install version \"$1\": expected latest or a version such as 1.2.3"
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
  suffix=''
  system=$(uname -s)
  machine=$(uname -m)
  case $system in
    Linux) os=linux ;;
    Darwin) os=darwin ;;
    MINGW* | MSYS* | CYGWIN*) os=windows suffix=.exe ;;
    *) fail "no binary for $system: there are binaries for Linux, macOS and Windows" ;;
  esac
  case $system in *-ARM64) machine=arm64 ;; esac # an emulated shell on Windows says x86_64
  case $machine in
    x86_64 | amd64) arch=amd64 ;;
    aarch64 | arm64) arch=arm64 ;;
    *) fail "no binary for the architecture $machine: there are binaries for amd64 and arm64" ;;
  esac
  if [ "$os" = linux ] && ! has_glibc; then
    fail "the binaries need glibc, which this system lacks (Alpine uses musl)" \
      "use an image with glibc (debian, ubuntu), or Alpine's own Deno: apk add deno && deno run -A --no-config jsr:@ikedam/arar@1"
  fi
}

has_glibc() {
  getconf GNU_LIBC_VERSION >/dev/null 2>&1 || ldd --version 2>&1 | grep -Eqi 'glibc|gnu libc'
}

choose_tools() {
  if has curl; then
    fetcher=curl
  elif has wget && wget --version 2>/dev/null | grep -q '^GNU Wget 1'; then
    fetcher=wget # BusyBox's may not check certificates, and Wget2 follows redirects whatever it is told
  else
    fail "cannot download: neither curl nor GNU wget 1 is installed"
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

# download URL FILE: only with $protocol, also in redirects.
download() {
  case $fetcher in
    curl)
      curl --fail --silent --show-error --location --proto "=$protocol" --tlsv1.2 \
        --connect-timeout 20 --retry 3 --output "$2" "$1"
      ;;
    wget) download_by_wget "$1" "$2" ;;
  esac || fail "cannot download $1"
}

# wget has no option against redirects from https to http, so this function follows each redirect itself.
download_by_wget() {
  url=$1
  for _ in 1 2 3 4 5; do
    if answer=$(wget --no-verbose --server-response --max-redirect=0 --timeout=20 --tries=3 \
      --output-document="$2" "$url" 2>&1); then return; fi
    location=$(printf '%s\n' "$answer" | grep -i '^ *location: ') || break
    url=${location#*: }
    case $url in
      "$protocol"://*) ;;
      *) answer="refused the redirect to $url" && break ;;
    esac
  done
  printf '%s\n' "$answer" >&2
  return 1
}

sha256() {
  # $hasher is a constant of choose_tools, and meant to be split into words.
  # shellcheck disable=SC2086
  sum=$($hasher <"$1") && printf '%s' "${sum%% *}"
}

# verify FILE CHECKSUM NAME
verify() {
  actual=$(sha256 "$1")
  [ "$actual" = "$2" ] || fail "refused $3: its sha256 is $actual, the release says $2"
}

# Reads the version, and the checksums of its binary and of an archive that can be unpacked here, from the list.
read_checksums() {
  found=0 archive_sum=''
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
  check_sum "$name" "$expected"
  for format in $(formats); do
    archive=${name%"$suffix"}.$format
    while read -r sum file || [ -n "$sum" ]; do
      if [ "${file#\*}" = "$archive" ]; then archive_sum=$sum; fi
    done <"$1"
    if [ -n "$archive_sum" ]; then break; fi
  done
  if [ -n "$archive_sum" ]; then check_sum "$archive" "$archive_sum"; fi
}

check_sum() {
  case $2 in *[!0-9a-f]*) set -- "$1" '' ;; esac
  [ "${#2}" -eq 64 ] || fail "cannot read the checksum of $1 in $checksums_url"
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
    *) fail "cannot install into \"$folder\": expected an absolute path" ;;
  esac
  target=${folder%/}/arar$suffix
  [ ! -d "$target" ] || fail "cannot install $target: it is a folder"
}

# The archives that can be unpacked here, the smallest first.
formats() {
  if has tar && { has zstd || tar_knows_zstd; }; then echo tar.zst; fi
  if [ "$os" = windows ]; then
    if has unzip; then echo zip; fi
  elif has tar && has gzip; then
    echo tar.gz
  fi
}

tar_knows_zstd() { tar --version 2>/dev/null | grep -q libzstd; } # bsdtar names its libraries

# Without the tools to unpack an archive, the binary itself is downloaded: two to three times the size.
fetch_binary() {
  if [ -n "$archive_sum" ]; then
    download "$releases/download/v$version/$archive" "$stage/$archive"
    verify "$stage/$archive" "$archive_sum" "$archive"
    unpack "$stage/$archive" "arar$suffix" >"$binary" || fail "cannot unpack $archive"
  else
    download "$releases/download/v$version/$name" "$binary"
  fi
  verify "$binary" "$expected" "$name"
}

# unpack ARCHIVE NAME: to stdout, so that a link in the archive is neither made nor followed.
unpack() {
  case $1 in
    *.zip) unzip -p "$1" "$2" ;;
    *.gz) tar -xzOf "$1" "$2" ;;
    *.zst) if has zstd; then zstd -q -d -c "$1" | tar -xOf - "$2"; else tar -xOf "$1" "$2"; fi ;;
  esac
}

# The checksum proves that the binary is in the release; the attestation, that this repository's workflow built it.
verify_attestation() {
  case ${ARAR_REQUIRE_ATTESTATION:-} in '' | 0 | false) return ;; esac
  has gh || fail "cannot verify the attestation of $name: gh, the GitHub CLI, is not on PATH" \
    "install gh, or skip the attestation (verify-attestation: false in the action)"
  gh attestation verify "$1" --repo "$repository" \
    --signer-workflow "$repository/.github/workflows/release.yml" --source-ref "refs/tags/v$version" ||
    fail "refused $name: its attestation cannot be verified"
}

install_binary() {
  mkdir -p "$folder" || fail "cannot create the folder $folder"
  # In the same folder as the target, so that the last step is an atomic rename.
  stage=$(mktemp -d "$folder/.arar.XXXXXX") || fail "cannot write to $folder"
  binary=$stage/arar$suffix
  fetch_binary
  verify_attestation "$binary"
  chmod 755 "$binary"
  case $("$binary" --version </dev/null 2>&1) in
    "arar $version "* | "arar $version") ;;
    *) fail "refused $name: it does not run here as arar $version" ;;
  esac
  mv -f "$binary" "$target"
}

# Everything else is in functions: if a download that is piped into a shell breaks off, nothing runs.
main() {
  list='' stage=''
  trap 'rm -rf ${list:+"$list"} ${stage:+"$stage"}' EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM

  choose_version
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
    printf 'version=%s\n' "$version"
  elif [ -f "$target" ] && [ "$(sha256 "$target")" = "$expected" ]; then
    verify_attestation "$target"
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
