"""The network below mail: DNS, the guard on addresses, TLS contexts."""
