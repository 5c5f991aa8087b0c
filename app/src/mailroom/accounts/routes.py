"""/api/v1/auth: logging in and out."""

from __future__ import annotations

from flask import Blueprint, Response

from mailroom.access.caller import CallerKind
from mailroom.accounts.logins import LoginService
from mailroom.accounts.schemas import LogoutRequest, PasswordRequest, ShownCaller, ShownLogin, TokenRequest
from mailroom.errors import Conflict
from mailroom.web.guard import caller_in_hand
from mailroom.web.limits import RequestLimits
from mailroom.web.operation import Access, Limit, Operation, answer, operation

# RFC 6749, 5.1: nobody on the way keeps an answer with tokens in it.
_UNKEPT = {"Cache-Control": "no-store"}
_TAG = "Accounts"

_TOKEN = Operation(
    summary="Log in, or renew a login",
    tag=_TAG,
    needs=Access.ANYONE,
    limit=Limit.LOGIN,
    body=TokenRequest,
    answers={200: ShownLogin},
    problems={
        401: "The address or the password is wrong, or the refresh token is of no use.",
        409: "Logins are off: there are no keys to sign access tokens with.",
    },
    headers={"Cache-Control": "no-store: an answer with tokens is kept by nobody."},
    examples={
        "password": {"grant": "password", "email": "ann@example.com", "password": "correct horse battery"},
        "refresh": {"grant": "refresh", "refresh_token": "mrr_…"},
    },
)
_LOGOUT = Operation(
    summary="End a login",
    tag=_TAG,
    needs=Access.ANYONE,
    limit=Limit.LOGIN,
    body=LogoutRequest,
    answers={204: None},
    examples={"logout": {"refresh_token": "mrr_…"}},
)
_PASSWORD = Operation(
    summary="Change one's own password, and end all one's logins",
    tag=_TAG,
    needs=Access.KNOWN,
    limit=Limit.LOGIN,
    body=PasswordRequest,
    answers={204: None},
    problems={409: "The old password is wrong, or the caller is no user with a password."},
    examples={"password": {"old_password": "correct horse battery", "password": "a longer horse battery"}},
)
_ME = Operation(
    summary="Tell who calls, and what they may do",
    tag=_TAG,
    needs=Access.KNOWN,
    limit=Limit.READS,
    answers={200: ShownCaller},
)


def auth_routes(service: LoginService, limits: RequestLimits | None = None) -> Blueprint:
    """Return the routes of logins. The limits count attempts for an account, too: guesses come from many addresses."""
    routes = Blueprint("auth", __name__, url_prefix="/api/v1/auth")

    @routes.post("/token")
    @operation(_TOKEN)
    def make_tokens(body: TokenRequest) -> Response:
        if body.refresh_token is not None:
            login = service.renew(body.refresh_token)
        else:
            if limits is not None:
                limits.hit(Limit.LOGIN, "account", (body.email or "").lower())
            login = service.log_in(body.email or "", body.password or "")
        return answer(ShownLogin.of(login), 200, _UNKEPT)

    @routes.post("/logout")
    @operation(_LOGOUT)
    def log_out(body: LogoutRequest) -> Response:
        service.log_out(body.refresh_token)
        return answer(None, 204)

    @routes.post("/password")
    @operation(_PASSWORD)
    def change_password(body: PasswordRequest) -> Response:
        caller = caller_in_hand()
        if caller.kind is not CallerKind.USER:
            raise Conflict("no-password", "Only a user who logged in here has a password.")
        service.change_password(int(caller.id), body.old_password, body.password)
        return answer(None, 204)

    @routes.get("/me")
    @operation(_ME)
    def show_me() -> Response:
        return answer(ShownCaller.of(caller_in_hand()))

    return routes
