"""Go's text/template, as far as templates of license reports use it.

https://pkg.go.dev/text/template: text, comments and trim markers; `range` (with `else`, `break`,
`continue`), `if`, `with`, `define`, `template`, `block`; variables, fields, methods without
arguments, pipelines, parentheses; the functions `and or not eq ne lt le gt ge len index slice
print printf println html js urlquery`. Values are None, bool, int, str, list and Mapping, whose
keys are fields; a callable value is a method. What is not known is an error with its line.

Templates are input: steps and output are bounded, nothing but the given values can be reached.
"""

from __future__ import annotations

from collections.abc import Mapping

from compliance.errors import UsageError
from compliance.outputs.gotemplateparse import Node, Parser
from compliance.outputs.gotemplatewords import FUNCTIONS, shown, truth

MAX_STEPS = 20_000_000
"""Evaluated nodes: a report of 2,000 libraries needs a hundred thousand."""
MAX_OUTPUT = 200 << 20
"""Characters: what no reader opens any more."""
MAX_DEPTH = 100
"""Of templates in templates; Go itself stops at 100,000."""


def render_go_template(source: str, data: object, *, file: str = "template") -> str:
    """Execute a template with `data` as dot.

    Raises:
        UsageError: `FILE:LINE: message` for what is no template, or what it asks of the values.
    """
    try:
        body, defined = Parser(source, file).parse()
        run = _Run(file, defined)
        run.root = data
        run.execute(body, data, {"$": [data]}, 0)
        return "".join(run.out)
    except RecursionError:
        raise UsageError("nested too deeply", file=file) from None


class _Break(Exception):  # noqa: N818 - control flow, as the action is called
    pass


class _Continue(Exception):  # noqa: N818
    pass


Names = dict[str, list[object]]
"""Variables, each in a cell of its own: a list of nodes copies the names and shares the cells."""
_NO = object()
"""No final argument from a pipe."""


class _Run:
    """One execution: what was written, and how much work it was."""

    def __init__(self, file: str, defined: Mapping[str, list[Node]]) -> None:
        self.file = file
        self.defined = defined
        self.out: list[str] = []
        self.size = 0
        self.steps = 0
        self.root: object = None

    def wrong(self, line: int, message: str) -> UsageError:
        return UsageError(message, file=self.file, line=line)

    def write(self, text: str, line: int) -> None:
        self.size += len(text)
        if self.size > MAX_OUTPUT:
            raise self.wrong(line, "writes too much")
        self.out.append(text)

    def step(self, line: int) -> None:
        self.steps += 1
        if self.steps > MAX_STEPS:
            raise self.wrong(line, "takes too many steps")

    def execute(self, nodes: list[Node], dot: object, names: Names, depth: int) -> None:
        """Run nodes in order. Variables of this list are gone at its end."""
        names = dict(names)
        for node in nodes:
            kind, line = node[0], node[1]
            self.step(line)
            match kind:
                case "text":
                    self.write(node[2], line)
                case "print":
                    value = self.pipe(node[2], dot, names)
                    if not node[2][2]:
                        self.write(shown(value), line)
                case "if" | "with":
                    self._choose(node, dot, names, depth)
                case "range":
                    self._range(node, dot, names, depth)
                case "template":
                    self._template(node, dot, names, depth)
                case "break":
                    raise _Break
                case _:
                    raise _Continue

    def _choose(self, node: Node, dot: object, names: Names, depth: int) -> None:
        kind, _, pipe, body, other = node
        inner = dict(names)
        value = self.pipe(pipe, dot, inner)
        if truth(value):
            self.execute(body, value if kind == "with" else dot, inner, depth)
        else:
            self.execute(other, dot, inner, depth)

    def _range(self, node: Node, dot: object, names: Names, depth: int) -> None:
        _, line, pipe, body, other = node
        _, _, declared, _, _ = pipe
        value = self.pipe((*pipe[:2], [], "", pipe[4]), dot, names)
        pairs = self._pairs(value, line)
        if not pairs:
            self.execute(other, dot, names, depth)
        for key, item in pairs:
            self.step(line)
            inner = dict(names)
            if len(declared) == 1:
                inner[declared[0]] = [item]
            elif declared:
                inner[declared[0]], inner[declared[1]] = [key], [item]
            try:
                self.execute(body, item, inner, depth)
            except _Continue:
                continue
            except _Break:
                break

    def _pairs(self, value: object, line: int) -> list[tuple[object, object]]:
        if value is None:
            return []
        if isinstance(value, (list, tuple)):
            return list(enumerate(value))
        if isinstance(value, int) and not isinstance(value, bool):
            if value > MAX_STEPS:
                raise self.wrong(line, "takes too many steps")
            return [(i, i) for i in range(value)]
        raise self.wrong(line, f"range can't iterate over {shown(value)[:60]}")

    def _template(self, node: Node, dot: object, names: Names, depth: int) -> None:
        _, line, name, pipe = node
        if name not in self.defined:
            raise self.wrong(line, f"template {name!r} not defined")
        if depth >= MAX_DEPTH:
            raise self.wrong(line, "exceeded maximum template depth")
        value = None if pipe is None else self.pipe(pipe, dot, names)
        self.execute(self.defined[name], value, {"$": [value]}, depth + 1)

    def pipe(self, node: Node, dot: object, names: Names) -> object:
        """Value of a pipeline; declared variables are set in `names`."""
        _, line, declared, how, commands = node
        value: object = _NO
        for operands in commands:
            value = self._command(operands, dot, names, value)
        for name in declared:
            if how == "=" and name not in names:
                raise self.wrong(line, f"undefined variable {name!r}")
            if how == "=":
                names[name][0] = value
            else:
                names[name] = [value]
        return value

    def _command(self, operands: list[Node], dot: object, names: Names, final: object) -> object:
        first, line = operands[0], operands[0][1]
        self.step(line)
        if first[0] == "function":
            return self._call(first[2], operands[1:], dot, names, final, line)
        if len(operands) > 1 or final is not _NO:
            raise self.wrong(line, "can't give argument to non-function")
        return self.value(first, dot, names)

    def _call(
        self, name: str, operands: list[Node], dot: object, names: Names,
        final: object, line: int,
    ) -> object:  # fmt: skip
        if name in ("and", "or"):
            return self._shortcut(name, operands, dot, names, final, line)
        arguments = [self.value(o, dot, names) for o in operands]
        if final is not _NO:
            arguments.append(final)
        try:
            return FUNCTIONS[name](*arguments)
        except (TypeError, ValueError, IndexError, KeyError, OverflowError) as problem:
            raise self.wrong(line, f"error calling {name}: {problem}") from None

    def _shortcut(
        self, name: str, operands: list[Node], dot: object, names: Names,
        final: object, line: int,
    ) -> object:  # fmt: skip
        value: object = _NO
        for operand in operands:
            value = self.value(operand, dot, names)
            if truth(value) == (name == "or"):
                return value
        value = final if final is not _NO else value
        if value is _NO:
            raise self.wrong(line, f"wrong number of args for {name}: want at least 1 got 0")
        return value

    def value(self, node: Node, dot: object, names: Names) -> object:
        """Value of an operand."""
        kind, line = node[0], node[1]
        self.step(line)
        match kind:
            case "value":
                return node[2]
            case "dot":
                return dot
            case "variable":
                if node[2] not in names:
                    raise self.wrong(line, f"undefined variable {node[2]!r}")
                return names[node[2]][0]
            case "chain":
                return self._field(self.value(node[2], dot, names), node[3], line)
            case "pipe":
                return self.pipe(node, dot, names)
        return self._call(node[2], [], dot, names, _NO, line)

    def _field(self, value: object, name: str, line: int) -> object:
        if value is None:
            raise self.wrong(line, f"nil pointer evaluating .{name}")
        if not isinstance(value, Mapping) or name not in value:
            known = ", ".join(value) if isinstance(value, Mapping) else "no fields"
            raise self.wrong(line, f"can't evaluate field {name} here; there is {known}")
        found = value[name]
        return found() if callable(found) else found
