#!/usr/bin/env bash
# operating.sh COMMAND...: runs COMMAND in the sandbox, on a machine as its reader would have it:
# Artemis is unpacked in /srv. There is no network, so packages that are installed are not upgraded.
set -euo pipefail
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")

if [[ ${1:-} != --inside ]]; then
  artemis=$(/usr/bin/python3 -B "$here/../servers/artemis.py")
  exec bash "$here/sandbox.sh" bash "$0" --inside "$artemis" "$@"
fi
cp -r "$2" /srv
chmod -R a+rX /srv
printf 'APT::Get::Upgrade "false";\n' > /etc/apt/apt.conf.d/99-no-upgrade
shift 2
# Not exec: sandbox.sh says why.
"$@"
