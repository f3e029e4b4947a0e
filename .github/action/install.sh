#!/usr/bin/env bash
# Install the package from the action's own checkout, with the libraries and data of its locks.
#
#   install.sh key FOLDER   print `key=DIGEST` of all that the wheel is made from, and `folder=FOLDER`
#   install.sh wheel FOLDER install; the wheel is made once and kept in FOLDER
#
# Python runs isolated (-I): a pip.py or sitecustomize.py in the checkout that is scanned is none of
# ours. Nothing of the scanned repository runs, and Go is not needed.
set -euo pipefail
folder=$2
cd "$GITHUB_ACTION_PATH"
case $1 in
  key)
    echo "key=$(python -I .github/action/key.py .)"
    echo "folder=$folder"
    ;;
  wheel)
    export PIP_DISABLE_PIP_VERSION_CHECK=1
    python -I -m pip install --quiet --require-hashes -r requirements/runtime.txt
    if ! ls "$folder"/compliance-*.whl >/dev/null 2>&1; then
      mkdir -p "$folder"
      python -I -m pip wheel --quiet --no-deps --no-build-isolation -w "$folder" .
    fi
    python -I -m pip install --quiet --no-deps --force-reinstall "$folder"/compliance-*.whl
    ;;
esac
