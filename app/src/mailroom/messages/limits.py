"""How large the parts of a mail may be."""

from __future__ import annotations

# RFC 5322, 2.1.1: a line has at most 998 characters. Nobody reads a subject of that length.
SUBJECT_CHARACTERS = 255
BODY_CHARACTERS = 128 * 1024
# SES takes 15 headers of the caller's; those for unsubscribing are ours.
HEADERS_MOST = 10
TAGS_MOST = 10
ATTACHMENTS_MOST = 10
RECIPIENTS_MOST = 50
BATCH_MOST = 500
DAYS_AHEAD = 30
