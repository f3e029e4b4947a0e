"""eBPF objects: what an ELF file for the BPF machine says of its license and of what it calls.

The kernel loads a program that calls GPL-only helpers, any kernel function (kfunc), or that is an
LSM or struct_ops program, only when the string in the section `license` is GPL-compatible
(https://docs.kernel.org/bpf/bpf_licensing.html). Which helpers a program calls stands in its
instructions; the table names those that the kernel declares `gpl_only`.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from compliance.value import dataclass

MAX_SECTIONS = 20_000
"""Sections of one object; the largest of real projects have some hundreds."""

MAX_RELOCATIONS = 500_000
"""Relocations of a section that are looked at for calls of kernel functions."""

LONGEST_STRING = 128
"""Bytes of a license string; the kernel reads as many (bpf_prog_load)."""

GPL_ONLY = {
    4: "bpf_probe_read", 6: "bpf_trace_printk", 22: "bpf_perf_event_read",
    25: "bpf_perf_event_output", 27: "bpf_get_stackid", 35: "bpf_get_current_task",
    36: "bpf_probe_write_user", 45: "bpf_probe_read_str", 55: "bpf_perf_event_read_value",
    56: "bpf_perf_prog_read_value", 58: "bpf_override_return", 67: "bpf_get_stack",
    77: "bpf_rc_repeat", 78: "bpf_rc_keydown", 92: "bpf_rc_pointer_rel", 111: "bpf_skb_output",
    112: "bpf_probe_read_user", 113: "bpf_probe_read_kernel", 114: "bpf_probe_read_user_str",
    115: "bpf_probe_read_kernel_str", 119: "bpf_read_branch_records", 121: "bpf_xdp_output",
    126: "bpf_seq_printf", 127: "bpf_seq_write", 150: "bpf_seq_printf_btf",
    158: "bpf_get_current_task_btf", 165: "bpf_snprintf", 169: "bpf_timer_init",
    170: "bpf_timer_set_callback", 171: "bpf_timer_start", 172: "bpf_timer_cancel",
    173: "bpf_get_func_ip", 175: "bpf_task_pt_regs", 176: "bpf_get_branch_snapshot",
    177: "bpf_trace_vprintk", 191: "bpf_copy_from_user_task",
}  # fmt: skip
"""Helper functions by number that the kernel gives to GPL-compatible programs only."""

_MACHINE = 247
_PROGRAM_BITS, _RELOCATIONS, _EXECUTABLE = 1, 9, 4
_SYMBOL_BYTES, _RELOCATION_BYTES, _CALL_RELOCATION = 24, 16, 10
_CALL, _HELPER, _KERNEL_CALL = 0x85, 0, 2
_GPL_SECTIONS = ("lsm/", "lsm.s/", "lsm_cgroup/", "struct_ops")


@dataclass(frozen=True, slots=True, kw_only=True)
class EbpfObject:
    """What an object says. `license` is None where there is no such section.

    `gpl_only` names what only GPL-compatible programs may use, sorted: helpers, kernel functions
    (`kfunc NAME`), kinds of programs (`section NAME`).
    """

    license: str | None
    gpl_only: tuple[str, ...] = ()


def is_ebpf(data: bytes) -> bool:
    """Whether bytes begin as an ELF file for the BPF machine."""
    if len(data) < 20 or data[:4] != b"\x7fELF" or data[4] not in (1, 2) or data[5] not in (1, 2):  # noqa: PLR2004 - layout of ELF
        return False
    return bool(struct.unpack_from("<H" if data[5] == 1 else ">H", data, 18)[0] == _MACHINE)


def read_ebpf(data: bytes) -> EbpfObject | None:
    """Read an object; None for what is no eBPF object, or none that can be read."""
    if not is_ebpf(data) or data[4] != 2:  # noqa: PLR2004 - BPF objects are 64 bits wide
        return None
    try:
        return _Object(data).facts()
    except (struct.error, IndexError):
        return None


@dataclass(frozen=True, slots=True)
class _Section:
    name: str
    kind: int
    flags: int
    offset: int
    size: int
    link: int
    entry: int


class _Object:
    """Sections of a 64-bit ELF file (System V ABI, chapter 4)."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._order = "<" if data[5] == 1 else ">"
        (start,) = self._unpack("Q", 40)
        size, count, names = self._unpack("HHH", 58)
        raw = [
            self._unpack("IIQQQQIIQQ", start + i * size) for i in range(min(count, MAX_SECTIONS))
        ]
        table = raw[names][4] if raw else 0
        self._sections = [
            _Section(
                self._string(table + r[0]), kind=r[1], flags=r[2], offset=r[4], size=r[5],
                link=r[6], entry=r[9],
            )
            for r in raw
        ]  # fmt: skip

    def facts(self) -> EbpfObject:
        found: set[str] = set()
        license_: str | None = None
        for section in self._sections:
            if section.name == "license":
                license_ = self._string(section.offset, section.size)
            if section.name.startswith(_GPL_SECTIONS) and section.size:
                found.add(f"section {section.name}")
            if section.kind == _PROGRAM_BITS and section.flags & _EXECUTABLE:
                found.update(self._calls(section))
            if section.kind == _RELOCATIONS:
                found.update(f"kfunc {name}" for name in self._kernel_functions(section))
        return EbpfObject(license=license_, gpl_only=tuple(sorted(found)))

    def _calls(self, section: _Section) -> Iterator[str]:
        """GPL-only helpers called in a section: `call imm` with source register 0."""
        end = min(section.offset + section.size, len(self._data))
        code = self._data[section.offset : end - (end - section.offset) % 8]
        at = code.find(_CALL)
        while at >= 0:
            if at % 8 == 0:
                registers = code[at + 1]
                source = registers >> 4 if self._order == "<" else registers & 0x0F
                (number,) = struct.unpack_from(f"{self._order}i", code, at + 4)
                if source == _HELPER and number in GPL_ONLY:
                    yield GPL_ONLY[number]
                elif source == _KERNEL_CALL:
                    yield "kfunc"
                at += 8
            else:
                at += 1
            at = code.find(_CALL, at)

    def _kernel_functions(self, section: _Section) -> Iterator[str]:
        """Names of undefined functions that the program calls: only the kernel can have them."""
        symbols = self._sections[section.link]
        names = self._sections[symbols.link].offset
        seen: set[int] = set()
        for i in range(min(section.size // _RELOCATION_BYTES, MAX_RELOCATIONS)):
            _, info = self._unpack("QQ", section.offset + i * _RELOCATION_BYTES)
            if info & 0xFFFF_FFFF != _CALL_RELOCATION or info >> 32 in seen:
                continue
            seen.add(info >> 32)
            name, _, _, index = self._unpack("IBBH", symbols.offset + (info >> 32) * _SYMBOL_BYTES)
            if index == 0 and name:
                yield self._string(names + name)

    def _unpack(self, layout: str, offset: int) -> tuple[int, ...]:
        if offset > len(self._data):
            raise struct.error(f"offset {offset} is beyond the end")
        return struct.unpack_from(self._order + layout, self._data, offset)

    def _string(self, offset: int, size: int = LONGEST_STRING) -> str:
        raw = self._data[offset : offset + min(size, LONGEST_STRING)]
        text = raw.partition(b"\0")[0].decode("utf-8", "replace")
        return "".join(c for c in text if c.isprintable())
