"""One class of routes a resource."""
