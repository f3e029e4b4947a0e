"""One mistake in a whole policy is never accepted silently, and no input gives a traceback."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compliance.errors import UsageError
from compliance.policy import PolicySource, load_policy
from compliance.policy.grammar import (
    BOUNDARY_KINDS,
    EDGE_KINDS,
    NODE_KINDS,
    PROFILE_NAMES,
    PROVIDERS,
    SEVERITIES,
    STATES,
)
from compliance.policy.switches import VALUES

WHOLE = (Path(__file__).parents[1] / "data/policy/whole.yaml").read_text("utf-8")
KEYS = sorted(set(re.findall(r"(?<=[\s{,])([a-z][a-z0-9_]*):(?=\s)", f"\n{WHOLE}")))
FREE = {"control-plane", "node-agent", "sdk", "path"}
"""Keys of `deployments` are names of people's own; `path:` stands in a sentence."""
WORDS = sorted(
    {w for words in VALUES.values() for w in words}
    | {*PROFILE_NAMES, *PROVIDERS, *NODE_KINDS, *EDGE_KINDS, *BOUNDARY_KINDS, *SEVERITIES, *STATES}
)
PLACES = [
    m.span(1)
    for m in re.finditer(r"(?<=[\s\[{,])([a-z][a-z-]*)(?=[\s,}\]])", WHOLE)
    if m[1] in WORDS and "#" not in WHOLE[WHOLE.rfind("\n", 0, m.start()) : m.start()]
]


def load(text: str) -> str:
    """ "" for a policy that is accepted, else the message."""
    try:
        load_policy([PolicySource(name="p.yaml", data=text.encode("utf-8", "surrogatepass"))])
    except UsageError as error:
        return str(error)
    return ""


def test_the_whole_policy_is_accepted() -> None:
    assert load(WHOLE) == ""


@pytest.mark.parametrize("key", [k for k in KEYS if k not in FREE])
@pytest.mark.parametrize("change", ["{}s", "x{}", "{}_"])
def test_a_misspelt_key_is_refused_with_its_line(key: str, change: str) -> None:
    found = re.search(rf"(?m)(?<![\w-]){key}:(?=\s)", WHOLE)
    assert found is not None
    text = WHOLE[: found.start()] + change.format(key) + WHOLE[found.start() + len(key) :]
    message = load(text)
    line = WHOLE.count("\n", 0, found.start()) + 1
    assert re.match(r"p\.yaml:\d+: ", message), message
    if "is missing" not in message:
        assert message.startswith(f"p.yaml:{line}: "), message


@pytest.mark.parametrize("place", PLACES, ids=lambda p: f"{p[0]}-{WHOLE[p[0] : p[1]]}")
def test_a_misspelt_word_is_refused_with_its_line(place: tuple[int, int]) -> None:
    start, end = place
    text = f"{WHOLE[:end]}q{WHOLE[end:]}"
    message = load(text)
    assert re.match(r"p\.yaml:\d+: ", message), (WHOLE[start:end], message)


@settings(derandomize=True, max_examples=400, deadline=None, database=None)
@given(st.data())
def test_edits_of_a_policy_are_a_policy_or_a_message_with_a_line(data: st.DataObject) -> None:
    lines = WHOLE.splitlines()
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(lines) - 1))
        match data.draw(st.integers(0, 6)):
            case 0:
                del lines[at]
            case 1:
                lines.insert(at, lines[data.draw(st.integers(0, len(lines) - 1))])
            case 2:
                lines[at] = " " * data.draw(st.integers(0, 6)) + lines[at].lstrip()
            case 3:
                lines[at] += data.draw(
                    st.text(alphabet="{}[]:,#&*!|>'\"%@`-? \t\0\x85é", max_size=4)
                )
            case 4:
                lines[at] = re.sub(r"[a-z]+", data.draw(st.text(max_size=6)), lines[at], count=1)
            case 5:
                lines[at] = lines[at].replace(":", data.draw(st.sampled_from([": {", ": [", ":"])))
            case _:
                lines[at] = lines[at][: data.draw(st.integers(0, len(lines[at])))]
        if not lines:
            lines = [""]
    message = load("\n".join(lines))
    assert message == "" or re.match(r"p\.yaml:\d+: ", message), message
