"""/api/v1/keys."""

from __future__ import annotations

from flask import Blueprint, Response, url_for

from mailroom.access.permissions import Permission
from mailroom.keys.schemas import KeyQuery, MadeKey, NewKeyRequest, ShownKey, ShownKeys
from mailroom.keys.service import KeyService
from mailroom.web.guard import caller_in_hand
from mailroom.web.operation import Limit, Operation, answer, operation
from mailroom.web.pages import NEXT_PAGE, paged

_TAG = "API keys"
_NOT_FOUND = {404: "There is no key of this id."}
_ONE = "/<id:key_id>"

_LIST = Operation(
    summary="List API keys",
    tag=_TAG,
    needs=Permission.KEYS_MANAGE,
    limit=Limit.READS,
    query=KeyQuery,
    answers={200: ShownKeys},
    headers=NEXT_PAGE,
)
_CREATE = Operation(
    summary="Make an API key, shown this once",
    tag=_TAG,
    needs=Permission.KEYS_MANAGE,
    limit=Limit.WRITES,
    body=NewKeyRequest,
    answers={201: MadeKey},
    problems={403: "The caller lacks a scope that the key is to have.", 409: "There is a key of this name already."},
    headers={"Location": "Where the key is shown, without itself.", "Cache-Control": "no-store"},
    examples={"shop": {"name": "shop", "scopes": ["messages:send"], "expires_at": "2099-01-01T00:00:00Z"}},
)
_SHOW = Operation(
    summary="Show an API key",
    tag=_TAG,
    needs=Permission.KEYS_MANAGE,
    limit=Limit.READS,
    answers={200: ShownKey},
    problems=_NOT_FOUND,
)
_REVOKE = Operation(
    summary="Revoke an API key, for good",
    tag=_TAG,
    needs=Permission.KEYS_MANAGE,
    limit=Limit.WRITES,
    answers={200: ShownKey},
    problems=_NOT_FOUND,
)


def key_routes(service: KeyService) -> Blueprint:
    """Return the routes of API keys."""
    routes = Blueprint("keys", __name__, url_prefix="/api/v1/keys")

    @routes.get("")
    @operation(_LIST)
    def list_keys(query: KeyQuery) -> Response:
        page, link = paged(lambda most: service.page(query.after, most), query.limit, lambda key: key.id)
        return answer(ShownKeys(keys=[ShownKey.of(key) for key in page]), headers=link)

    @routes.post("")
    @operation(_CREATE)
    def create_key(body: NewKeyRequest) -> Response:
        key, text = service.create(body.key(), caller_in_hand().permissions)
        headers = {"Location": url_for("keys.show_one", key_id=key.id), "Cache-Control": "no-store"}
        return answer(MadeKey.made(key, text), 201, headers)

    @routes.get(_ONE)
    @operation(_SHOW)
    def show_one(key_id: int) -> Response:
        return answer(ShownKey.of(service.show(key_id)))

    @routes.post(f"{_ONE}/revoke")
    @operation(_REVOKE)
    def revoke_key(key_id: int) -> Response:
        return answer(ShownKey.of(service.revoke(key_id)))

    return routes
