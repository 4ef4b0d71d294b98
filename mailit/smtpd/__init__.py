"""The ESMTP server: reception and submission (not built yet)."""
