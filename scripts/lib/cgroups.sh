# shellcheck shell=bash
# Everything an engine starts lives below one control group of its own, so that
# `stop` finds the processes of this engine, and of no other, even after a crash.

cgroups_are_v2() { [[ -e /sys/fs/cgroup/cgroup.controllers ]]; }

# Minimal systems have no init that mounts these.
mount_cgroups() {
  cgroups_are_v2 && return
  grep -q '^cgroup2\? ' /proc/mounts && return
  say "mounting control groups below /sys/fs/cgroup"
  mount -t tmpfs -o mode=755 cgroup /sys/fs/cgroup
  local controller enabled
  while read -r controller _ _ enabled; do
    [[ $controller == \#* || $enabled != 1 ]] && continue
    mkdir -p "/sys/fs/cgroup/$controller"
    mount -t cgroup -o "$controller" cgroup "/sys/fs/cgroup/$controller" 2>/dev/null || rmdir "/sys/fs/cgroup/$controller"
  done </proc/cgroups
}

# The hierarchy that is asked which processes belong to an engine. Version 1 has
# several; containers are in all of them.
cgroup_tracker() {
  if cgroups_are_v2; then
    echo /sys/fs/cgroup
    return
  fi
  local controller
  for controller in pids devices cpu memory; do
    if mountpoint -q "/sys/fs/cgroup/$controller"; then
      echo "/sys/fs/cgroup/$controller"
      return
    fi
  done
  die "no control groups are mounted below /sys/fs/cgroup"
}

processes_in() { find "$(cgroup_tracker)/$1" -name cgroup.procs -exec cat {} + 2>/dev/null || true; }

kill_all_in() {
  local pids
  for _ in {1..50}; do
    pids=$(processes_in "$1")
    [[ -z $pids ]] && return
    # shellcheck disable=SC2086
    kill -KILL $pids 2>/dev/null || true
    sleep 0.1
  done
  die "these processes do not end: $pids"
}

remove_cgroup() {
  local group
  for group in /sys/fs/cgroup/"$1" /sys/fs/cgroup/*/"$1"; do
    [[ -d $group ]] && find "$group" -depth -type d -exec rmdir {} \; 2>/dev/null
  done
  return 0
}
