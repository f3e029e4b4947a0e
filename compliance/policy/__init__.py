"""May we ship this? No I/O."""

from compliance.policy.verdict import Duty, Election, Plan, Verdict

__all__ = ["Duty", "Election", "Plan", "Verdict"]
