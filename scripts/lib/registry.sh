# shellcheck shell=bash
# An image registry on a loopback port, beside the engine of the same name. The
# engine trusts 127.0.0.0/8 without TLS.


registry_pid() { own_pid "$registry_dir/pid" "$registry_dir/"; }
registry_running() { registry_pid >/dev/null; }
registry_address() { cat "$registry_dir/address"; }
registry_answers() { curl -sf --max-time 5 -o /dev/null "http://$1/v2/"; }

registry_config() {
  cat <<END
version: 0.1
log: { level: warn, accesslog: { disabled: true } }
storage:
  filesystem: { rootdirectory: $registry_dir/data }
  delete: { enabled: true }
http:
  addr: $1
END
}

# Another process can take a port between the look and the use: then the next one.
registry_start() {
  is_running || die "engine $name is not running: scripts/engine start --name $name"
  if registry_running; then
    say "registry $name is already running at $(registry_address)"
    return
  fi
  with_machine_lock install_registry
  mkdir -p "$registry_dir"
  local port address i tries
  for ((i = 0; i < 50; i++)); do
    port=$((20000 + (16#$hash + i * 37) % 12000))
    port_is_taken "$port" && continue
    address=127.0.0.1:$port
    registry_config "$address" >"$registry_dir/config.yml"
    daemon "$registry_dir/pid" docker-registry serve "$registry_dir/config.yml"
    for ((tries = 0; tries < 100; tries++)); do
      sleep 0.1
      is_alive "$started_pid" || break
      if registry_answers "$address"; then
        echo "$address" >"$registry_dir/address"
        push_busybox "$socket" "$address"
        say "registry $name: $address, holding busybox:1.36"
        return
      fi
    done
  done
  tail -n 10 "$log" >&2
  die "the registry did not start"
}

registry_stop() {
  local pid
  if pid=$(registry_pid); then terminate "$pid"; fi
  rm -rf "$registry_dir"
}
