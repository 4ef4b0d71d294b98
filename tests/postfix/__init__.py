"""Postfix as the other side: `make peers`, as root on a machine that has it."""
