#!/bin/sh
# Runs the Windows build of Deno, `wine.sh DENO-WORDS…`, in the folder of this project, under Wine on Linux.
# Prepares what it needs once, some 2.5 GB in ${XDG_CACHE_HOME:-~/.cache}/arar-windows: a Debian trixie, whose Wine has the
# placeholders of memory that V8 needs, and deno.exe from npm. Needs root, debootstrap and npm. It is Wine, not Windows: what
# a console does (Ctrl-C, CONIN$) is left to a Windows machine.
set -eu

version=$(sed "s/^v//" "$(dirname "$0")/../../.dvmrc")
cache=${XDG_CACHE_HOME:-$HOME/.cache}/arar-windows
root=$cache/root
project=$(cd "$(dirname "$0")/../.." && pwd)

for tool in debootstrap npm unshare; do
  command -v $tool >/dev/null || { echo "skipped: no $tool on PATH" >&2; exit 0; }
done
[ "$(id -u)" = 0 ] || { echo "skipped: only root can prepare a Debian of its own" >&2; exit 0; }

# Runs a script in the Debian; the mounts end with it.
inside() {
  unshare --mount --propagation private sh -eu -c '
    root=$1 project=$2 cache=$3 script=$4; shift 4
    for folder in proc dev sys; do mount --rbind /$folder "$root/$folder"; done
    mkdir -p "$root/arar" "$root/deno" "$root/deno-dir"
    mount --bind -o ro "$project" "$root/arar"
    mount --bind -o ro "$cache/deno" "$root/deno"
    mount --bind "$cache/deno-dir" "$root/deno-dir"
    exec chroot "$root" sh -eu -c "$script" sh "$@"
  ' sh "$root" "$project" "$cache" "$@"
}

mkdir -p "$cache/deno" "$cache/deno-dir"
if [ ! -e "$root/.complete" ]; then
  echo "preparing a Debian with Wine in $root; this takes some minutes" >&2
  [ -e "$root/usr/bin/apt-get" ] || debootstrap --variant=minbase trixie "$root" http://deb.debian.org/debian >&2
  cp /etc/resolv.conf "$root/etc/resolv.conf"
  inside 'export DEBIAN_FRONTEND=noninteractive
    apt-get update && apt-get install -y --no-install-recommends wine64 wine' >&2
  touch "$root/.complete"
fi
if [ ! -e "$cache/deno/$version" ]; then
  (cd "$cache" && tar -xzf "$(npm pack --silent "@deno/win32-x64@$version")" -C deno --strip-components=1)
  touch "$cache/deno/$version"
fi
# Most packages of npm are the same for all systems and fetched here; Windows fetches its own, with what this machine trusts.
[ ! -e /etc/ssl/certs/ca-certificates.crt ] || cp /etc/ssl/certs/ca-certificates.crt "$cache/deno/authorities.pem"
(cd "$project" && DENO_DIR=$cache/deno-dir deno cache --quiet ${ARAR_DENO_FLAGS-} main.ts tests/windows/*_test.ts)

inside '
  export HOME=/wine WINEPREFIX=/wine/prefix WINEARCH=win64 WINEDEBUG=-all XDG_RUNTIME_DIR=/wine/run
  export DENO_DIR="Z:\\deno-dir" NO_COLOR=1 ARAR_DENO_FLAGS="$1"; shift
  mkdir -p $XDG_RUNTIME_DIR && chmod 700 $XDG_RUNTIME_DIR
  [ -e $WINEPREFIX/.complete ] || { wineboot -i >/dev/null 2>&1; wineserver -w; touch $WINEPREFIX/.complete; }
  [ ! -e /deno/authorities.pem ] || export DENO_CERT="Z:\\deno\\authorities.pem"
  cd /arar
  /usr/lib/wine/wine64 "Z:\\deno\\deno.exe" cache --quiet $ARAR_DENO_FLAGS main.ts
  subcommand=$1; shift
  exec /usr/lib/wine/wine64 "Z:\\deno\\deno.exe" "$subcommand" $ARAR_DENO_FLAGS "$@"
' "${ARAR_DENO_FLAGS-}" "$@"
