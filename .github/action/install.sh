#!/usr/bin/env bash
# Install the pinned package from the action's own checkout. Nothing of the scanned repository runs.
set -euo pipefail
python -m pip install --quiet --require-hashes -r "$GITHUB_ACTION_PATH/requirements/runtime.txt"
python -m pip install --quiet --no-deps "$GITHUB_ACTION_PATH"
