# shellcheck shell=bash
# Shared by the scripts of this folder: where things are, and how to speak.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
engines=$root/.engine

# The last engine takes the folder with it; a fetched engine 28 is worth keeping.
tidy_engines() {
  [[ $(ls -A "$engines" 2>/dev/null) != pkg ]] || rm -rf "$engines/pkg"
  rmdir "$engines" 2>/dev/null || true
}

say() { printf '%s\n' "$*" >&2; }
die() {
  say "error: $*"
  exit 1
}
have() { command -v "$1" >/dev/null 2>&1; }

# Daemons and apt are in sbin, which a plain user's or a cron job's PATH may lack.
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

is_root() { [[ $(id -u) -eq 0 ]]; }
is_debian() { have apt-get && have dpkg && [[ -r /etc/os-release ]] && grep -qE '^ID(_LIKE)?=.*debian' /etc/os-release; }

# One lock for the machine: apt cannot run twice, and two engines that start
# together would both find the same address range free.
with_machine_lock() {
  local lock=/run/lock/stackwright.lock
  mkdir -p /run/lock
  exec 9>"$lock"
  flock -w 900 9 || die "another start has held $lock for 15 minutes"
  "$@"
  exec 9>&-
}

port_is_taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# Nothing but npm itself is taken from the machine: the build and the tests run
# on the Node that package-lock.json pins, which npm puts into this folder.
use_pinned_node() { PATH=$root/node_modules/.bin:$PATH; }

install_node_modules() {
  have npm || die "npm is missing: install Node.js 22 or newer, which brings it"
  local stamp=$root/node_modules/.package-lock.json output
  [[ -e $stamp && ! $root/package-lock.json -nt $stamp ]] && return
  say "installing npm packages"
  output=$(mktemp)
  # A registry that lacks another platform's build of an optional package makes
  # `npm ci` refuse; `npm install` takes the same versions without it.
  if ! (cd "$root" && { npm ci --no-audit --no-fund --loglevel=error || npm install --no-save --no-audit --no-fund --loglevel=error; }) </dev/null >"$output" 2>&1; then
    cat "$output" >&2
    rm -f "$output"
    die "npm could not install the packages"
  fi
  rm -f "$output"
  touch "$stamp"
}

build() {
  local built=$root/dist/main.js
  if [[ -e $built ]] &&
    [[ -z $(find "$root/src" "$root/schemas" "$root"/scripts/*.ts "$root/package.json" -newer "$built" -print -quit 2>/dev/null) ]]; then
    return
  fi
  say "building"
  (cd "$root" && npm run -s build </dev/null >&2)
}
