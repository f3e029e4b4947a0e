"""Who needs whom, and what ships where. No I/O."""

from compliance.graph.dependency import (
    Approach,
    DependencyGraph,
    EdgeClass,
    Follows,
    Place,
)
from compliance.graph.linkage import (
    Asset,
    Main,
    PackageFacts,
    artifact_names,
    build_graph,
    libraries_of,
    module_name,
    source_file,
)
from compliance.graph.node import Artifact, Edge, EdgeKind, Node, NodeKind, Profile, Provider

__all__ = [
    "Approach", "Artifact", "Asset", "DependencyGraph", "Edge", "EdgeClass", "EdgeKind",
    "Follows", "Main", "Node", "NodeKind", "PackageFacts", "Place", "Profile", "Provider",
    "artifact_names", "build_graph", "libraries_of", "module_name", "source_file",
]  # fmt: skip
