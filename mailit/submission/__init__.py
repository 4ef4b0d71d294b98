"""The one door in: expand, validate, stages, one transaction."""
