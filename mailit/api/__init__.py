"""HTTP: endpoint declarations turned into Klein routes, errors and an OpenAPI document."""
