# shellcheck shell=bash
# The image busybox:1.36, made from a static busybox, so that examples and tests
# run where no registry can be reached.

image_root() {
  local busybox=$1 into=$2 applet
  mkdir -p "$into"/{bin,etc,home,proc,sys,dev,root,run,usr/bin,usr/sbin,sbin,var/www,var/spool/cron/crontabs}
  mkdir -m 1777 "$into/tmp" "$into/var/tmp"
  cp "$busybox" "$into/bin/busybox"
  chmod 755 "$into/bin/busybox"
  "$busybox" --list | while read -r applet; do
    [[ $applet == busybox ]] || ln -s busybox "$into/bin/$applet"
  done
  ln -s ../../bin/env "$into/usr/bin/env"
  printf '%s\n' 'root:x:0:0:root:/root:/bin/sh' 'daemon:x:1:1:daemon:/:/bin/false' \
    'www-data:x:33:33:www-data:/var/www:/bin/false' 'nobody:x:65534:65534:nobody:/home:/bin/false' >"$into/etc/passwd"
  printf '%s\n' 'root:x:0:' 'daemon:x:1:' 'tty:x:5:' 'audio:x:29:' 'www-data:x:33:' 'users:x:100:' 'nogroup:x:65534:' >"$into/etc/group"
}

# $1: the engine's socket
seed_busybox() {
  local socket=$1 busybox files answer
  [[ $(api "$socket" -o /dev/null -w '%{http_code}' http://engine/images/busybox:1.36/json) == 200 ]] && return
  busybox=$(static_busybox)
  files=$(mktemp -d)
  image_root "$busybox" "$files"
  answer=$(tar -C "$files" --owner=0 --group=0 --numeric-owner --sort=name --mtime=@0 -c . |
    api "$socket" -X POST -H 'Content-Type: application/x-tar' --data-binary @- \
      'http://engine/images/create?fromSrc=-&repo=busybox&tag=1.36&changes=ENV%20PATH%3D%2Fusr%2Flocal%2Fsbin%3A%2Fusr%2Flocal%2Fbin%3A%2Fusr%2Fsbin%3A%2Fusr%2Fbin%3A%2Fsbin%3A%2Fbin&changes=CMD%20%5B%22sh%22%5D')
  rm -rf "$files"
  [[ $answer == *sha256:* ]] || die "the engine did not take the image busybox:1.36: $answer"
  api "$socket" -f -X POST 'http://engine/images/busybox:1.36/tag?repo=busybox&tag=latest' >/dev/null
}

# $1: the engine's socket, $2: the registry as host:port
push_busybox() {
  local socket=$1 registry=$2 answer
  api "$socket" -f -X POST "http://engine/images/busybox:1.36/tag?repo=$registry/busybox&tag=1.36" >/dev/null
  answer=$(api "$socket" -X POST -H "X-Registry-Auth: $(printf '{}' | base64)" "http://engine/images/$registry/busybox/push?tag=1.36")
  [[ $answer != *errorDetail* ]] || die "pushing busybox:1.36 to $registry: $answer"
  api "$socket" -f -X DELETE "http://engine/images/$registry/busybox:1.36" >/dev/null
}
