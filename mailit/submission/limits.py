"""The limits of one mail."""

from __future__ import annotations

RECIPIENTS_MOST = 50
"""In each of to, cc and bcc."""

ATTACHMENTS_MOST = 1000
ATTACHMENTS_MOST_BYTES = 40 * 1000 * 1000
"""All attachments of a mail together, as base64."""

SUBJECT_MOST = 998
"""Characters: what one line of a header may have (RFC 5322 §2.1.1)."""

HEADERS_MOST = 100
TAGS_MOST = 100
TAG_MOST = 256
CONTENT_ID_MOST = 128
SCHEDULE_MOST_SECONDS = 30 * 86400.0
