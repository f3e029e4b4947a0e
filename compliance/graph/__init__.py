"""Who needs whom, and what ships where. No I/O."""

from compliance.graph.dependency import (
    Approach,
    DependencyGraph,
    EdgeClass,
    Follows,
    Place,
)
from compliance.graph.linkage import (
    STANDARD_LICENSE,
    STATIC_FLAGS,
    Asset,
    Main,
    PackageFacts,
    artifact_names,
    build_graph,
    declared_library,
    dynamic_libraries,
    module_name,
    source_file,
    static_line,
)
from compliance.graph.node import Artifact, Edge, EdgeKind, Node, NodeKind, Profile, Provider

__all__ = [
    "STANDARD_LICENSE", "STATIC_FLAGS", "Approach", "Artifact", "Asset", "DependencyGraph", "Edge",
    "EdgeClass",
    "EdgeKind", "Follows", "Main", "Node", "NodeKind", "PackageFacts", "Place", "Profile",
    "Provider", "artifact_names", "build_graph", "declared_library", "dynamic_libraries",
    "module_name", "source_file", "static_line",
]  # fmt: skip
