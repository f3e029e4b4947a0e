#!/bin/sh
# Debian ships Python without what fills a virtual environment (ensurepip). Whoever may install
# packages gets the one that is missing; everybody else is told its name.
set -eu
python=${1:-python3}
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  echo "This Python cannot fill a virtual environment yet: installing python3-venv." >&2
  apt-get update -q >/dev/null || true
  DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends python3-venv >/dev/null
fi
"$python" -c 'import ensurepip' 2>/dev/null || {
  echo "$python cannot make a virtual environment; on Debian: apt install python3-venv" >&2
  exit 1
}
