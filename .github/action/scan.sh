#!/usr/bin/env bash
# Scan, write the summary, the annotations and the outputs, and end with the gate's exit code.
# Inputs come through the environment, never through the text of a script.
set -uo pipefail

words=(scan "$INPUT_PATH" -o "$INPUT_OUTPUT" --fail-on "$INPUT_FAIL_ON" --no-progress
       --format "html,json,sarif,markdown,spdx-json")
[ -n "${INPUT_BASE:-}" ] && words+=(--base "$INPUT_BASE")
while IFS= read -r line; do [ -n "$line" ] && words+=(--policy "$line"); done <<<"${INPUT_POLICY:-}"
while IFS= read -r line; do [ -n "$line" ] && words+=(--platform "$line"); done <<<"${INPUT_PLATFORMS:-}"

python -m compliance "${words[@]}"
status=$?
if [ -f "$INPUT_OUTPUT/report.json" ]; then
  cat "$INPUT_OUTPUT/report.md" >>"$GITHUB_STEP_SUMMARY"
  python "$(dirname "$0")/annotate.py" "$INPUT_OUTPUT" >>"$GITHUB_OUTPUT" || status=3
fi
exit "$status"
