"""Whether a base is judged as its head was: then the answer of head is the answer for both.

A change that touches nothing that licenses, linked packages, policy or facts rest on leaves every
artifact as it was. What decides a judgement is compared value by value; most of the values are the
same objects, so the proof costs a tenth of the judging. In doubt the base is judged.
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from compliance.pipeline.inside import OF_PROGRAMS
from compliance.pipeline.treenames import BASE_TREE, REPOSITORY_TREE
from compliance.value import replace

if TYPE_CHECKING:
    from compliance.licenses import FileLicense
    from compliance.pipeline.exploring import Detected
    from compliance.pipeline.learned import Learned
    from compliance.policy import Policy


def judged_alike(head: Learned, base: Learned) -> bool:
    """Whether nothing that a judgement rests on differs.

    Packages and their imports, modules and their licenses, what files say, parts, sums, findings,
    policy and facts. Content of a Go file may differ as long as the file says the same of licenses
    and owners.
    """
    policy = head.policy
    return (
        is_alike(policy, base.policy)
        and not _asks_for_change(policy)
        # Who wrote a generated file stands in its text, which is not compared.
        and policy.interpretations["generator_output"] == "clean-unless-copied"
        and _of_tree(head) == _of_tree(base)
        and head.binary is None
        and base.binary is None
        and _same_words(head.detected, base.detected)
        and _same_objects(head, base)
    )


def is_alike(one: Policy, other: Policy) -> bool:
    """Whether two policies are one, for whichever revision they were written."""
    return _plain(one) == _plain(other)


def _plain(policy: Policy) -> Policy:
    """A policy as if it were written for the revision at hand."""
    return replace(policy, elsewhere=False)


def _of_tree(learned: Learned) -> tuple[Any, ...]:
    """Everything but the policy and the single files."""
    inventory, vendored = learned.inventory, learned.vendored
    return (
        replace(learned.plan, policy=_plain(learned.plan.policy)),
        inventory.contexts,
        inventory.build,
        inventory.workspace,
        inventory.acquirer.go_sum,
        learned.findings,
        learned.side,
        learned.cells,
        [(r.module, r.provider, r.tree, r.root, r.packages, r.parts) for r in learned.readings],
        learned.concluded,
        learned.standard,
        (vendored.packages, vendored.modules, vendored.findings),
        (vendored.compared, vendored.unknown),
    )


def _asks_for_change(policy: Policy) -> bool:
    """Whether a rule asks what happened since the base: head alone has an answer to that."""
    for rule in (r for top in policy.rules.values() for r in top.chain()):
        for conditions in (rule.when, rule.unless or {}):
            said = conditions.get("license", ())
            if "changed" in conditions or "changed-since-base" in said:
                return True
    return False


def _same_objects(head: Learned, base: Learned) -> bool:
    """Whether programs and libraries inside have the same bytes: no license, but who asks."""
    files = base.inventory.revision_files()
    for reading in (r for r in head.readings if r.tree == REPOSITORY_TREE):
        places = [(p.folder, n) for p in reading.parts if p.kind in OF_PROGRAMS for n in p.files]
        places += [(p.folder, n) for p in reading.packages for n in p.files if n.endswith(".syso")]
        if not all(files.same(posixpath.normpath(posixpath.join(*place))) for place in places):
            return False
    return True


def _same_words(head: Detected, base: Detected) -> bool:
    """Whether the files of both say the same; a Go file may have another content."""
    mine = {tree: files for tree, files in head.items() if tree != BASE_TREE}
    return mine.keys() == base.keys() and all(
        files is base[tree] or _same_files(files, base[tree]) for tree, files in mine.items()
    )


def _same_files(head: Mapping[str, FileLicense], base: Mapping[str, FileLicense]) -> bool:
    return head.keys() == base.keys() and all(
        file is base[path] or _says_same(file, base[path]) for path, file in head.items()
    )


def _says_same(one: FileLicense, other: FileLicense) -> bool:
    if one.path.endswith(".go"):
        one = replace(one, sha256=other.sha256)
    return one == other
