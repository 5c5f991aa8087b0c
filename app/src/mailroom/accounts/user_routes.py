"""/api/v1/users."""

from __future__ import annotations

from flask import Blueprint, Response, url_for

from mailroom.access.caller import CallerKind
from mailroom.access.permissions import Permission
from mailroom.accounts.schemas import (
    NewUserRequest,
    ShownUser,
    ShownUsers,
    UserChangeRequest,
    UserQuery,
)
from mailroom.accounts.users import UserService
from mailroom.web.guard import caller_in_hand
from mailroom.web.operation import Limit, Operation, answer, operation
from mailroom.web.pages import NEXT_PAGE, paged

_TAG = "Users"
_NOT_FOUND = {404: "There is no user of this id."}
_ONE = "/<id:user_id>"

_LIST = Operation(
    summary="List users",
    tag=_TAG,
    needs=Permission.USERS_MANAGE,
    limit=Limit.READS,
    query=UserQuery,
    answers={200: ShownUsers},
    headers=NEXT_PAGE,
)
_CREATE = Operation(
    summary="Make a user",
    tag=_TAG,
    needs=Permission.USERS_MANAGE,
    limit=Limit.WRITES,
    body=NewUserRequest,
    answers={201: ShownUser},
    problems={409: "There is a user of this address already."},
    headers={"Location": "Where the user is shown."},
    examples={
        "operator": {
            "email": "ann@example.com",
            "name": "Ann",
            "role": "operator",
            "password": "correct horse battery",
        }
    },
)
_SHOW = Operation(
    summary="Show a user",
    tag=_TAG,
    needs=Permission.USERS_MANAGE,
    limit=Limit.READS,
    answers={200: ShownUser},
    problems=_NOT_FOUND,
)
_CHANGE = Operation(
    summary="Change a user",
    tag=_TAG,
    needs=Permission.USERS_MANAGE,
    limit=Limit.WRITES,
    body=UserChangeRequest,
    answers={200: ShownUser},
    problems={**_NOT_FOUND, 409: "No active admin would be left, or you would lock yourself out."},
    examples={"deactivate": {"active": False}, "role": {"role": "viewer"}},
)


def user_routes(service: UserService) -> Blueprint:
    """Return the routes of users."""
    routes = Blueprint("users", __name__, url_prefix="/api/v1/users")

    @routes.get("")
    @operation(_LIST)
    def list_users(query: UserQuery) -> Response:
        page, link = paged(lambda most: service.page(query.after, most), query.limit, lambda user: user.id)
        return answer(ShownUsers(users=[ShownUser.of(user) for user in page]), headers=link)

    @routes.post("")
    @operation(_CREATE)
    def create_user(body: NewUserRequest) -> Response:
        user = service.create(body.user(), caller_in_hand().permissions)
        return answer(ShownUser.of(user), 201, {"Location": url_for("users.show_one", user_id=user.id)})

    @routes.get(_ONE)
    @operation(_SHOW)
    def show_one(user_id: int) -> Response:
        return answer(ShownUser.of(service.show(user_id)))

    @routes.patch(_ONE)
    @operation(_CHANGE)
    def change_user(user_id: int, body: UserChangeRequest) -> Response:
        caller = caller_in_hand()
        own_id = int(caller.id) if caller.kind is CallerKind.USER else None
        return answer(ShownUser.of(service.change(user_id, body.change(), caller.permissions, own_id)))

    return routes
