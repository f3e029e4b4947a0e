"""Switches: the contested readings of section 6 of the policy model, with their values.

A preset gives every switch a value; a policy file may change some. Readers of a `Reading` are
recorded, so that a flip is tried only where a switch was looked at: a value that nobody read
cannot have mattered.
"""

from __future__ import annotations

from collections.abc import Mapping

YES_NO = ("yes", "no")
VALUES: Mapping[str, tuple[str, ...]] = {
    "dynamic_linking_joins_work": YES_NO,
    "go_plugin_joins_work": YES_NO,
    "embed_code_joins_work": YES_NO,
    "embed_data_joins": YES_NO,
    "exec_tight_joins": YES_NO,
    "arms_length_ipc_joins_work": YES_NO,
    "tight_ipc_joins_work": YES_NO,
    "embedded_ebpf_joins_userspace": YES_NO,
    "kernel_module_joins": YES_NO,
    "agpl_linking_counts_as_modifying": YES_NO,
    "agpl_proxy_is_interaction": YES_NO,
    "eupl_linking_joins": YES_NO,
    "gpl2_apache2_compatible": YES_NO,
    "lgpl_static_go": ("comply-if-relink-kit", "block"),
    "saas_latent": ("warn-if-may-ship", "warn", "block"),
    "internal_users_are_third_parties": YES_NO,
    "affiliates_are_recipients": ("no", "review", "yes"),
    "hoster_is_recipient": YES_NO,
    "sdk_downstream_copyleft": ("warn", "block"),
    "user_fetched_is_ours": ("no", "per-channel", "yes"),
    "browser_delivery_is_distribution": YES_NO,
    "gpl2_scripts_include_install": YES_NO,
    "generator_output": ("clean-unless-copied", "review"),
    "image_aggregation": ("aggregate", "joins"),
    "embedded_index_is_derivative_db": ("no", "review", "yes"),
    "use_restriction_default": ("review", "block"),
    "choice_scope": ("artifact", "release"),
}


class Reading:
    """The values in force for one evaluation; `read` collects the names that were looked at."""

    __slots__ = ("_values", "read")

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values
        self.read: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.read.add(name)
        return self._values[name]

    def on(self, name: str) -> bool:
        """Whether a switch says yes."""
        return self[name] == "yes"

    def changed(self, name: str, value: str) -> Reading:
        """A fresh reading with one other value."""
        return Reading({**self._values, name: value})
