"""CycloneDX as XML (https://cyclonedx.org/docs/1.7/xml/) into the values of its JSON.

Both forms have the same parts under the same names. What differs: a list has an element of its own
around it, names of things that are one word are attributes, and references are empty elements.
Elements of other namespaces, which the XML form allows everywhere, become properties that are named
after them, so that whoever reads the values counts them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from xml.etree.ElementTree import Element as Node

from compliance import patterns as re
from compliance.errors import LimitExceededError
from compliance.outputs.sbomvalues import Value

_NAMESPACE = re.compile(r"\{http://cyclonedx\.org/schema/bom/([0-9]+\.[0-9]+)\}")
_SIGNATURE = "{http://www.w3.org/2000/09/xmldsig#}Signature"
# Elements that stand around a list; those that hold references alone; those that are repeated.
_LISTS = frozenset({
    "ancestors", "annotations", "authors", "citations", "commits", "components", "compositions",
    "descendants", "externalReferences", "formulation", "hashes", "identity", "lifecycles",
    "occurrences", "patches", "patentAssertions", "properties", "services", "tags", "variants",
    "vulnerabilities",
})  # fmt: skip
_REFERENCES = frozenset({"assemblies", "dependencies", "subjects", "vulnerabilities"})
_REPEATED = frozenset({"data", "omniborId", "swhid"})
_ENTITIES = frozenset({"manufacture", "manufacturer", "organization", "supplier"})
_ENTITY_LISTS = frozenset({"contact", "url"})
# Elements with text of their own beside attributes, and the key of that text.
_CONTENT = {"hash": "content", "property": "value", "text": "content"}
_ATTRIBUTES = {"content-type": "contentType", "license-identifier": "licenseIdentifier"}
_BOOLEANS = frozenset({"isExternal", "modified"})


def is_cyclonedx(root: Node) -> bool:
    """Whether an element is the root of a CycloneDX document."""
    return root.tag.endswith("}bom") and _NAMESPACE.match(root.tag) is not None


def cyclonedx_values(root: Node, *, depth: int, file: str) -> Value:
    """The values of the JSON form of a document.

    Args:
        root: Its root, for which `is_cyclonedx` holds.
        depth: Elements that may be inside of each other.
        file: For the message.

    Raises:
        LimitExceededError: nested more deeply.
    """
    found = _NAMESPACE.match(root.tag)
    reader = _Reader(found[0] if found else "", file)
    made = reader.members(root, depth)
    made |= {"bomFormat": "CycloneDX", "specVersion": found[1] if found else ""}
    if str(made.get("version", "")).isdigit():
        made["version"] = int(made["version"])
    return made


class _Reader:
    """Reads the elements of one document; `namespace` is that of its root, in braces."""

    def __init__(self, namespace: str, file: str) -> None:
        self._namespace = namespace
        self._file = file
        self._special: Mapping[str, Callable[[Node, int], object]] = {
            "dependencies": self._dependencies,
            "licenses": self._licenses,
            "tools": self._tools,
        }

    def members(self, node: Node, depth: int) -> Value:
        """Attributes and children as keys."""
        if depth <= 0:
            raise LimitExceededError("nested too deeply", file=self._file)
        here = self._name(node)
        made: Value = {_ATTRIBUTES.get(k, k): _word(k, v) for k, v in node.attrib.items()}
        for child in node:
            name = self._name(child)
            if not name:
                self._foreign(child, made)
                continue
            value = self._value(child, here, depth - 1)
            if name in _REPEATED or (here in _ENTITIES and name in _ENTITY_LISTS):
                made.setdefault(name, []).append(value)
            else:
                made[name] = value
        return made

    def _name(self, node: Node) -> str:
        """Name without the namespace; "" for an element of another one."""
        inside = node.tag.startswith(self._namespace)
        return node.tag[len(self._namespace) :] if inside else ""

    def _foreign(self, node: Node, made: Value) -> None:
        if node.tag == _SIGNATURE:
            made["signature"] = {"value": "XML signature"}
        else:
            made.setdefault("properties", []).append({"name": node.tag, "value": ""})

    def _value(self, node: Node, parent: str, depth: int) -> object:
        name = self._name(node)
        if name in _REFERENCES and parent in ("annotation", "composition"):
            return [child.get("ref", "") for child in node if self._name(child)]
        if name in self._special:
            return self._special[name](node, depth)
        if name in _LISTS:
            return [self._value(child, name, depth - 1) for child in node if self._name(child)]
        key = "" if parent == "annotation" else _CONTENT.get(name, "")
        if key:
            return {**self.members(node, depth), key: node.text or ""}
        if len(node) or node.attrib:
            return self.members(node, depth)
        return _word(name, (node.text or "").strip())

    def _dependencies(self, node: Node, _: int) -> list[Value]:
        made = []
        for child in node:
            each: Value = {"ref": child.get("ref", "")}
            for inner in child:
                key = "provides" if self._name(inner) == "provides" else "dependsOn"
                each.setdefault(key, []).append(inner.get("ref", ""))
            made.append(each)
        return made

    def _licenses(self, node: Node, depth: int) -> list[Value]:
        made: list[Value] = []
        for child in node:
            name = self._name(child)
            if name == "expression":
                made.append({**child.attrib, "expression": (child.text or "").strip()})
            elif name == "expression-detailed":
                inner = [c for c in child if self._name(c) == "details"]
                details = [self.members(c, depth - 1) for c in inner]
                made.append({**child.attrib, "expressionDetails": details})
            elif name:
                made.append({name: self.members(child, depth - 1)})
        return made

    def _tools(self, node: Node, depth: int) -> object:
        if any(self._name(child) == "tool" for child in node):
            return [self.members(child, depth - 1) for child in node if self._name(child)]
        return self.members(node, depth)


def _word(name: str, text: str) -> str | bool:
    return text in ("true", "1") if name in _BOOLEANS else text
