# shellcheck shell=bash
# What a private engine needs from the distribution. Nothing is installed that
# is already there, and no system service is started or left enabled.

missing_packages() {
  have dockerd && have docker-proxy || echo docker.io
  have containerd || echo containerd
  have runc || echo runc
  # The engine's DNS inside a container is a redirect that it makes with iptables.
  have iptables || echo iptables
  have ip || echo iproute2
  have curl || echo curl
}

apt_updated=
# What apt and dpkg have to say is of use only when they fail.
apt() {
  local output status=0
  output=$(mktemp)
  DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=600 "$@" </dev/null >"$output" 2>&1 || status=$?
  ((status == 0)) || cat "$output" >&2
  rm -f "$output"
  return "$status"
}
apt_update_once() {
  [[ -n $apt_updated ]] && return
  apt update
  apt_updated=yes
}

can_install() { is_root && is_debian; }

install_packages() {
  (($# > 0)) || return 0
  can_install || die "missing: $*. Install them, or point DOCKER_HOST at an engine that is running"
  say "installing $*"
  apt_update_once
  local policy=/usr/sbin/policy-rc.d made_policy=
  if [[ ! -e $policy ]]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod +x "$policy"
    made_policy=yes
  fi
  local ok=yes
  apt install -y --no-install-recommends "$@" || ok=
  [[ -n $made_policy ]] && rm -f "$policy"
  [[ -n $ok ]] || die "apt-get could not install: $*"
  if [[ -d /run/systemd/system ]]; then
    local unit
    for unit in docker.socket docker.service containerd.service docker-registry.service; do
      systemctl is-active -q "$unit" || systemctl disable -q "$unit" 2>/dev/null || true
    done
  fi
}

install_engine() {
  local packages
  mapfile -t packages < <(missing_packages)
  install_packages "${packages[@]}"
  static_busybox >/dev/null
}

install_registry() { have docker-registry || install_packages docker-registry; }

is_static() { [[ -x $1 ]] && ! ldd "$1" >/dev/null 2>&1; }

# busybox-static would replace an installed busybox, so it is unpacked beside
# the engines and the machine keeps the one that it has.
static_busybox() {
  local own=$engines/pkg/busybox candidate
  for candidate in /bin/busybox "$own/bin/busybox" "$own/usr/bin/busybox"; do
    if is_static "$candidate"; then
      echo "$candidate"
      return
    fi
  done
  can_install || die "no static busybox to make the image busybox:1.36 from"
  say "unpacking busybox-static"
  apt_update_once
  local download
  download=$(mktemp -d)
  (cd "$download" && apt -o APT::Sandbox::User=root download busybox-static)
  mkdir -p "$own"
  dpkg -x "$download"/busybox-static_*.deb "$own"
  rm -rf "$download"
  for candidate in "$own/bin/busybox" "$own/usr/bin/busybox"; do
    if is_static "$candidate"; then
      echo "$candidate"
      return
    fi
  done
  die "the package busybox-static holds no static busybox"
}
