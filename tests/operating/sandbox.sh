#!/usr/bin/env bash
# sandbox.sh COMMAND...: runs COMMAND as root on a copy of this machine that is thrown away: what it
# writes to /etc, /var, /run and /srv stays in memory, its network is empty and its processes end
# with it. So a document that sets up servers can be tried without touching the machine's own.
set -euo pipefail

if [[ ${1:-} != --inside ]]; then
  as_root=()
  [[ $(id -u) -eq 0 ]] || as_root=(sudo -n)
  exec "${as_root[@]}" unshare --mount --net --pid --fork --kill-child --mount-proc \
    bash "$0" --inside "$@"
fi
shift
mount --make-rprivate /
scratch=$(mktemp -d)
mount -t tmpfs tmpfs "$scratch"
for place in /etc /var /srv; do
  mkdir -p "$scratch$place/upper" "$scratch$place/work"
  mount -t overlay overlay \
    -o "lowerdir=$place,upperdir=$scratch$place/upper,workdir=$scratch$place/work" "$place"
done
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /run/lock
ip link set lo up
# Not exec: the first process of the namespace has to wait for those that lose their parent.
"$@"
