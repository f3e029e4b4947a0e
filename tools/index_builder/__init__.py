"""Builds the license index from the rule data of public wheels."""
