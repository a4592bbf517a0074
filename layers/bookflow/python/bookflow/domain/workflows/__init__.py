"""Workflows: the graph, published versions, differences, the file form."""
