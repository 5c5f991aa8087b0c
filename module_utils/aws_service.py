"""What our modules for AWS share: asking with patience, tags, from how it is to how it must be, and how a task ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from ansible_collections.amazon.aws.plugins.module_utils.modules import (  # type: ignore[import-untyped]
    AnsibleAWSModule,
)
from ansible_collections.amazon.aws.plugins.module_utils.retries import AWSRetry  # type: ignore[import-untyped]
from ansible_collections.amazon.aws.plugins.module_utils.tagging import (  # type: ignore[import-untyped]
    ansible_dict_to_boto3_tag_list,
    boto3_tag_list_to_ansible_dict,
    compare_aws_tags,
)
from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from collections.abc import Callable

Tags = dict[str, str]
State = dict[str, Any]  # as a diff shows it

TAG_OPTIONS: dict[str, Any] = {
    "tags": {"type": "dict", "aliases": ["resource_tags"]},
    "purge_tags": {"type": "bool", "default": True},
}
# In seconds. Six tries take half a minute at the most.
_PATIENCE: dict[str, Any] = {"retries": 6, "delay": 1, "max_delay": 12}
# What passes by itself, beside what amazon.aws knows of: the services' own names for "not so fast" and "one at a time".
_PASSING = ["ThrottlingException", "ConcurrentModification", "ConcurrentModificationException"]


class CloudError(Exception):
    """What a task asks for can't be, or what AWS has is in its way; the message says which and what to do."""


class Service:
    """One of AWS' services; what it can't do now it is asked again."""

    def __init__(self, module: AnsibleAWSModule, name: str, region: str | None = None) -> None:
        """Make its client; nothing is asked yet. `region` takes the place of the module's."""
        retry = AWSRetry.jittered_backoff(**_PATIENCE, catch_extra_error_codes=_PASSING)
        self._client = module.client(name, retry_decorator=retry, **({"region": region} if region else {}))

    @property
    def region(self) -> str:
        """The region in which it is asked."""
        return str(self._client.meta.region_name)

    def ask(self, call: str, **parameters: Any) -> dict[str, Any]:  # noqa: ANN401
        """Make a call by botocore's name of it; return the answer. Raises ClientError, BotoCoreError."""
        answer: dict[str, Any] = getattr(self._client, call)(**parameters, aws_retry=True)
        return answer

    def find(self, call: str, missing: str, **parameters: Any) -> dict[str, Any] | None:  # noqa: ANN401
        """Do the same; return None where AWS answers with the error `missing`."""
        try:
            return self.ask(call, **parameters)
        except ClientError as error:
            if error.response["Error"]["Code"] == missing:
                return None
            raise

    def every(self, call: str, key: str, missing: str, **parameters: Any) -> list[Any]:  # noqa: ANN401
        """Return a list that comes in pages, whole; an empty one where AWS answers with the error `missing`."""
        try:
            pages = list(self._client.get_paginator(call).paginate(**parameters))
        except ClientError as error:
            if error.response["Error"]["Code"] == missing:
                return []
            raise
        return [item for page in pages for item in page.get(key) or []]


def account_of(module: AnsibleAWSModule, region: str | None = None) -> tuple[str, str]:
    """Return the account in which the module works, and its partition, such as ``aws``."""
    caller = Service(module, "sts", region).ask("get_caller_identity")
    return caller["Account"], caller["Arn"].split(":")[1]


def tags_of(listed: list[dict[str, str]] | None) -> Tags:
    """Return tags as AWS lists them by their names."""
    return dict(boto3_tag_list_to_ansible_dict(listed or []))


def with_tags(tags: Tags) -> dict[str, list[dict[str, str]]]:
    """Return the parameter of a call that makes something with tags; nothing where there are none."""
    return {"Tags": ansible_dict_to_boto3_tag_list(tags)} if tags else {}


def wanted_tags(before: Tags, wish: dict[str, Any]) -> Tags:
    """Return the tags that a thing has afterwards, by the options `tags` and `purge_tags`."""
    if wish["tags"] is None:
        return before
    asked = {name: str(value) for name, value in wish["tags"].items()}
    _, gone = compare_aws_tags(before, asked, wish["purge_tags"])
    return {name: value for name, value in before.items() if name not in gone} | asked


def tag_moves(before: Tags, after: Tags) -> tuple[list[str], list[dict[str, str]]]:
    """Return the names of the tags to remove, and the tags to set thereafter, as AWS takes them.

    In this order, since to IAM `Owner` and `owner` are one tag.
    """
    added = {name: value for name, value in after.items() if before.get(name) != value}
    return [name for name in before if name not in after], ansible_dict_to_boto3_tag_list(added)


class Part(Protocol):
    """Something in AWS that a task has as it must be, or not at all."""

    def look(self) -> State | None:
        """Return how it is, None where there is none."""

    def wanted(self, before: State | None) -> State:
        """Return how it must be. Raises CloudError where it can't."""

    def bring(self, before: State | None, after: State) -> None:
        """Make it, or bring it from one state to the other."""

    def remove(self) -> None:
        """Remove it."""


def keep(parts: dict[str, Part], *, present: bool, check: bool) -> dict[str, Any]:
    """Have all parts, in their order, as they must be, or in the other order none; return what changed, as a result.

    With `check`, say what would change. Raises CloudError before anything is changed.
    """
    before = {name: part.look() for name, part in parts.items()}
    after = {name: part.wanted(before[name]) if present else None for name, part in parts.items()}
    for name, part in [] if check else list(parts.items())[:: 1 if present else -1]:
        wanted = after[name]
        if wanted is None and before[name] is not None:
            part.remove()
        elif wanted is not None and before[name] != wanted:
            part.bring(before[name], wanted)
    return {"changed": before != after, "diff": {"before": before, "after": after}}


def conclude(module: AnsibleAWSModule, purpose: str, do: Callable[[], dict[str, Any]]) -> None:
    """Do what a task asks and end the module with its result, or with why `purpose` can't be had."""
    try:
        result = do()
    except CloudError as error:
        module.fail_json(msg=str(error))
    except (ClientError, BotoCoreError) as error:
        module.fail_json_aws(error, msg=f"Can't {purpose}")
    module.exit_json(**result)
