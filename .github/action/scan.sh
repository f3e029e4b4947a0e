#!/usr/bin/env bash
# Scan, write the summary, the annotations, the comment and the outputs, and end with the gate's
# exit code. Inputs come through the environment, never through the text of a script. Python runs
# isolated (-I): it imports nothing from the checkout that is scanned.
set +e -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# Two steps of one job that scan two folders keep both reports.
place=${INPUT_PATH#./}
[ "$place" = . ] && place=
export INPUT_OUTPUT=${INPUT_OUTPUT:-$RUNNER_TEMP/compliance-report${place:+-${place//[^A-Za-z0-9._-]/-}}}
formats=html,json,markdown,spdx-json
[ "${INPUT_SARIF:-true}" = true ] && formats+=,sarif

words=(scan -o "$INPUT_OUTPUT" "--fail-on=$INPUT_FAIL_ON" --no-progress --format "$formats")
base=${INPUT_BASE:-}
[ -n "$base" ] && base=$(python -I "$here/base.py" "$INPUT_PATH" || echo "$base")
[ -n "$base" ] && words+=("--base=$base")
while IFS= read -r line; do [ -n "$line" ] && words+=("--policy=$line"); done <<<"${INPUT_POLICY:-}"
while IFS= read -r line; do [ -n "$line" ] && words+=("--platform=$line"); done <<<"${INPUT_PLATFORMS:-}"
approved=${INPUT_POLICY_APPROVED:-}
while IFS= read -r line; do
  [[ $line =~ ^(policy-approved:)?([0-9a-f]{32})$ ]] && words+=("--policy-approved=${BASH_REMATCH[2]}")
done <<<"${approved//,/$'\n'}"

complaint=$(mktemp)
trap 'rm -f "$complaint"' EXIT
python -I -m compliance "${words[@]}" -- "$INPUT_PATH" 2> >(tee "$complaint" >&2)
status=$?
wait
python -I "$here/tell.py" "$status" "$complaint" || { [ "$status" -gt 1 ] || status=3; }
exit "$status"
