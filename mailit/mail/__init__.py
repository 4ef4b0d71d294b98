"""Mail itself, pure: no Twisted, no I/O, no clock; bytes or records in, bytes or records out."""
