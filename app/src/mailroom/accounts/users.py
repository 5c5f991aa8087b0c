"""Who the users are, and who may change that."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from mailroom.access.permissions import PERMISSIONS, Permission, Role
from mailroom.accounts.entities import PASSWORD_LEAST, PASSWORD_MOST, NewUser, User, UserChange
from mailroom.accounts.work import AccountWork, AccountWorkFactory, PasswordHashing
from mailroom.errors import Conflict, FieldError, InvalidRequest, NotFound, PermissionDenied


def utc_now() -> datetime:
    """Return the time, aware, in UTC."""
    return datetime.now(UTC)


def check_password(password: str) -> None:
    """Raise InvalidRequest unless a password has 12 to 128 characters."""
    if not PASSWORD_LEAST <= len(password) <= PASSWORD_MOST:
        detail = f"A password has {PASSWORD_LEAST} to {PASSWORD_MOST} characters."
        raise InvalidRequest([FieldError(detail, pointer="#/password")])


class UserService:
    """Makes, shows and changes users. `unit_of_work` opens one transaction each time it is called.

    `permissions` are always those of who asks: nobody gives a role that may do more than they may themselves.
    """

    def __init__(
        self, unit_of_work: AccountWorkFactory, passwords: PasswordHashing, clock: Callable[[], datetime] = utc_now
    ) -> None:
        self._unit_of_work = unit_of_work
        self._passwords = passwords
        self._clock = clock

    def create(self, new: NewUser, permissions: frozenset[Permission]) -> User:
        """Store a new user. Raises Conflict where the address is taken, PermissionDenied, InvalidRequest."""
        _may_give(permissions, new.role)
        check_password(new.password)
        password_hash = self._passwords.hash(new.password)
        with self._unit_of_work() as work:
            user = work.users.add(new.email, new.name, new.role, password_hash)
        if user is None:
            raise Conflict("address-taken", "There is a user of this address already.")
        return user

    def page(self, after: int, most: int) -> list[User]:
        """Return at most so many users with greater ids than `after`."""
        with self._unit_of_work() as work:
            return work.users.page(after, most)

    def show(self, user_id: int) -> User:
        """Return the user. Raises NotFound."""
        with self._unit_of_work() as work:
            return _found(work.users.get(user_id))

    def with_address(self, email: str) -> User:
        """Return the user of that address. Raises NotFound."""
        with self._unit_of_work() as work:
            return _found(work.users.with_address(email))

    def change(
        self, user_id: int, change: UserChange, permissions: frozenset[Permission], own_id: int | None = None
    ) -> User:
        """Change a user; one who is deactivated is logged out everywhere. `own_id` is whose login asks, if it is one.

        Raises NotFound, PermissionDenied, Conflict where no active admin would be left, or somebody would lock
        themselves out.
        """
        with self._unit_of_work() as work:
            if _takes_away(change) and work.users.hold_active_admins() == {user_id}:
                raise Conflict("last-admin", "This is the last active admin: make another one first.")
            if _takes_away(change) and user_id == own_id:
                raise Conflict("own-account", "This is your own account: another admin can take it away from you.")
            user = _found(work.users.change(user_id, change))
            if change.role is not None or change.active:
                _may_give(permissions, user.role)
            if change.active is False:
                work.families.end_all(user_id, self._clock())
        return user

    def set_password(self, user_id: int, password: str) -> None:
        """Give a user a new password and end all their logins. Raises NotFound, InvalidRequest."""
        check_password(password)
        password_hash = self._passwords.hash(password)
        with self._unit_of_work() as work:
            user = _found(work.users.get(user_id))
            replace_password(work, user, password_hash, self._clock())


def replace_password(work: AccountWork, user: User, password_hash: str, now: datetime) -> None:
    """Give a user a new password and end all their logins. Raises Conflict where it was changed meanwhile."""
    if not work.users.set_password(user.id, password_hash, instead_of=user.password_hash):
        raise Conflict("password-changed", "The password was changed by somebody else at this moment.")
    work.families.end_all(user.id, now)


def _takes_away(change: UserChange) -> bool:
    return change.active is False or change.role not in {None, Role.ADMIN}


def _may_give(permissions: frozenset[Permission], role: Role) -> None:
    for permission in sorted(PERMISSIONS[role] - permissions):
        raise PermissionDenied(permission)


def _found(user: User | None) -> User:
    if user is None:
        raise NotFound("user")
    return user
