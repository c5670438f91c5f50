# shellcheck shell=bash
# Engine 28 and docker-compose 2.40, unpacked from a newer suite of Debian into a
# folder of ours. The machine's own apt and packages stay as they are.

# shellcheck disable=SC2154
packages_28=$engines/pkg28
compose_28=$packages_28/usr/libexec/docker/cli-plugins/docker-compose

# The archive that this machine is set up to use; mirrors differ from place to place.
debian_archive() {
  local codename archive
  codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
  # shellcheck disable=SC2016
  archive=$(apt-get indextargets --format '$(RELEASE) $(REPO_URI)' 'Created-By: Packages' | awk -v release="$codename" '$1 == release { print $2; exit }')
  [[ -n $archive ]] || die "apt has no source for Debian ${codename:-of this release}"
  echo "$archive"
}

# apt with a source list, package lists and cache of its own, in the folder $1
private_apt() {
  local folder=$1 tool=$2
  shift 2
  "$tool" -qq -o "Dir::Etc::sourcelist=$folder/sources.list" -o Dir::Etc::sourceparts=/dev/null \
    -o "Dir::State::lists=$folder/lists" -o "Dir::Cache=$folder/cache" -o APT::Sandbox::User=root "$@"
}

# The newest version of package $2 that begins with $3
offered() { private_apt "$1" apt-cache madison "$2" | awk -F'|' -v wanted="$3" '{ gsub(/ /, "", $2) } index($2, wanted) == 1 { print $2; exit }'; }

download_28() {
  local folder=$1 suite archive engine compose
  archive=$(debian_archive)
  for suite in forky sid; do
    mkdir -p "$folder"/{lists/partial,cache/archives/partial,packages}
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $archive $suite main" >"$folder/sources.list"
    private_apt "$folder" apt-get update </dev/null >&2
    engine=$(offered "$folder" docker.io 28.)
    compose=$(offered "$folder" docker-compose 2.)
    if [[ -n $engine && -n $compose ]]; then
      (cd "$folder/packages" && private_apt "$folder" apt-get download "docker.io=$engine" "docker-compose=$compose" docker-buildx containerd runc </dev/null >&2)
      return
    fi
  done
  die "Debian's newer suites no longer offer docker.io 28 with docker-compose 2"
}

fetch_28() {
  [[ -x $compose_28 ]] && return
  can_install || die "engine 28 comes from Debian's packages, as root on Debian"
  have dpkg-deb || die "dpkg-deb is missing"
  say "unpacking engine 28 (about 85 MB to download)"
  mkdir -p "$engines"
  local work package
  work=$(mktemp -d "$engines/pkg28.XXXXXX")
  download_28 "$work"
  for package in "$work"/packages/*.deb; do dpkg-deb -x "$package" "$work/root"; done
  # It may want a newer C library than this release has. The engine then runs this release's own.
  "$work/root/usr/sbin/runc" --version >/dev/null 2>&1 || rm "$work/root/usr/sbin/runc"
  chmod 755 "$work/root"
  rm -rf "$packages_28"
  mv "$work/root" "$packages_28"
  rm -rf "$work"
}

use_28() { PATH=$packages_28/usr/sbin:$packages_28/usr/bin:$PATH; }
