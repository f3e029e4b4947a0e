"""eBPF objects: the license string, and what only GPL-compatible programs may use."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compliance.golang import EbpfObject, read_ebpf
from tests.golang.elf import ebpf_object

PRINTK, LOOKUP = 6, 1


@pytest.mark.parametrize("big", [False, True])
def test_the_license_string_and_gpl_only_helpers_are_read(big: bool) -> None:
    data = ebpf_object("Dual BSD/GPL", helpers=(LOOKUP, PRINTK), big=big)
    assert read_ebpf(data) == EbpfObject(license="Dual BSD/GPL", gpl_only=("bpf_trace_printk",))


def test_helpers_for_everybody_ask_for_nothing() -> None:
    assert read_ebpf(ebpf_object("MIT", helpers=(LOOKUP,))) == EbpfObject(license="MIT")


def test_an_object_without_a_license_section_has_none() -> None:
    assert read_ebpf(ebpf_object(None)) == EbpfObject(license=None)


@pytest.mark.parametrize("big", [False, True])
def test_kernel_functions_are_for_gpl_programs_only(big: bool) -> None:
    found = read_ebpf(ebpf_object("GPL", kfunc="bpf_task_acquire", big=big))
    assert found is not None
    assert found.gpl_only == ("kfunc bpf_task_acquire",)


@pytest.mark.parametrize("section", ["lsm/file_open", "struct_ops/tcp"])
def test_some_kinds_of_programs_are_for_gpl_programs_only(section: str) -> None:
    found = read_ebpf(ebpf_object("GPL", section=section))
    assert found is not None
    assert found.gpl_only == (f"section {section}",)


def test_other_elf_files_are_no_ebpf_objects() -> None:
    data = bytearray(ebpf_object())
    data[18:20] = b"\x3e\x00"
    assert read_ebpf(bytes(data)) is None
    assert read_ebpf(b"\x7fELF") is None


@settings(derandomize=True, max_examples=300, deadline=None, database=None)
@given(st.data())
def test_damaged_objects_are_read_or_refused_and_never_more(data: st.DataObject) -> None:
    whole = bytearray(ebpf_object("GPL", helpers=(PRINTK,), kfunc="f"))
    for _ in range(data.draw(st.integers(1, 6))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(whole)))
    for broken in (bytes(whole), bytes(whole[:cut])):
        found = read_ebpf(broken)
        assert found is None or isinstance(found, EbpfObject)
