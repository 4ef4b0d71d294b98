"""The command line: `mailit ...`, a module a command."""
