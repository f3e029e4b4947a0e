"""Who needs whom, and what ships where. No I/O."""

from compliance.graph.node import Artifact, Edge, EdgeKind, Node, NodeKind, Profile, Provider

__all__ = ["Artifact", "Edge", "EdgeKind", "Node", "NodeKind", "Profile", "Provider"]
