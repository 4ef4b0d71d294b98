"""Exchangers, rendering and signing, ESMTP client sessions and their pools."""
