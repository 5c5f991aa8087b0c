"""What the tests of logins have in common."""

from __future__ import annotations

from mailroom.access.permissions import Permission

ALL = frozenset(Permission)


WRONG = r"The e-mail address or the password is wrong\."


HOUR = 3600
