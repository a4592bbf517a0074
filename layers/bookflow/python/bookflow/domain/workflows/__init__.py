"""Workflows: the graph as it is drawn, published versions, differences, the file form."""
