#!/usr/bin/python
"""Ansible module that has IAM believe the tokens of an OpenID Connect issuer, such as GitHub's of its CI jobs."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from ansible.module_utils.aws_service import (
    TAG_OPTIONS,
    AnsibleAWSModule,
    CloudError,
    Service,
    State,
    Tags,
    account_of,
    conclude,
    keep,
    tag_moves,
    tags_of,
    wanted_tags,
    with_tags,
)

DOCUMENTATION = r"""
module: iam_oidc_provider
short_description: Have IAM believe the tokens of an OpenID Connect issuer
description:
  - Keeps an IAM OpenID Connect provider, so that roles can be taken on with an issuer's tokens, such as GitHub's for CI
    jobs, and no key that lasts.
  - An account has one provider for an issuer, and all that use the issuer share it. So client ids that others need stay
    unless O(purge_client_ids), and V(absent) takes the provider from all of them, unless O(owner_tags) tell that it is
    another's.
options:
  url:
    description: The issuer, as the tokens name it in C(iss). Begins with C(https://).
    type: str
    required: true
  client_ids:
    description: Whom the tokens must be for (C(aud)).
    type: list
    elements: str
    default: [sts.amazonaws.com]
  purge_client_ids:
    description: Whether other client ids are removed.
    type: bool
    default: false
  thumbprints:
    description:
      - SHA-1 of the certificates of authorities that the issuer's site may be signed by, in hexadecimal digits.
      - AWS needs none for issuers whose certificates a public authority signs, such as GitHub. Without any here, those
        that IAM has stay.
    type: list
    elements: str
  owner_tags:
    description:
      - Names of tags that tell whose the provider is. One that lacks any of them with the value in O(tags) was there
        before us. It is used as it is, but for O(client_ids) that are missing, and stays with O(state=absent).
    type: list
    elements: str
    default: []
  state:
    description: Whether the provider is there.
    type: str
    choices: [present, absent]
    default: present
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.tags
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
notes:
  - Needs no region. IAM has one endpoint, in us-east-1; a region tells no more than the partition.
  - Needs C(iam:GetOpenIDConnectProvider), C(iam:CreateOpenIDConnectProvider), C(iam:DeleteOpenIDConnectProvider),
    C(iam:AddClientIDToOpenIDConnectProvider), C(iam:RemoveClientIDFromOpenIDConnectProvider),
    C(iam:UpdateOpenIDConnectProviderThumbprint), C(iam:TagOpenIDConnectProvider), C(iam:UntagOpenIDConnectProvider).
"""

EXAMPLES = r"""
- name: Let GitHub's CI jobs ask for roles
  iam_oidc_provider:
    url: https://token.actions.githubusercontent.com
    client_ids: [sts.amazonaws.com]
  register: github
"""

RETURN = r"""
arn:
  description: The provider's name to IAM, for a role's trust policy.
  returned: always
  type: str
  sample: arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com
"""

_MISSING = "NoSuchEntity"
_HOME = "us-east-1"
_LONGEST = 255  # characters of a URL, by IAM's reference


class Provider:
    """The provider of one issuer."""

    def __init__(self, iam: Service, wish: dict[str, Any], arn: str) -> None:
        """Nothing is asked yet."""
        self._iam = iam
        self._wish = wish
        self._name = {"OpenIDConnectProviderArn": arn}

    def look(self) -> State | None:
        """Return how it is, None where there is none to keep or to remove."""
        found = self._iam.find("get_open_id_connect_provider", _MISSING, **self._name)
        if found is None:
            return None
        tags = tags_of(found.get("Tags"))
        if self._wish["state"] == "absent" and not self._is_ours(tags):
            return None
        return {
            "client_ids": sorted(found.get("ClientIDList", [])),
            "thumbprints": sorted(found.get("ThumbprintList", [])),
            "tags": tags,
        }

    def _is_ours(self, tags: Tags) -> bool:
        ours = self._wish["tags"] or {}
        return all(tags.get(name) == str(ours.get(name)) for name in self._wish["owner_tags"])

    def wanted(self, before: State | None) -> State:
        """Return how it must be."""
        was = before or {"client_ids": [], "thumbprints": [], "tags": {}}
        ours = before is None or self._is_ours(was["tags"])
        others = [] if self._wish["purge_client_ids"] else was["client_ids"]
        thumbprints = sorted({each.lower() for each in self._wish["thumbprints"] or []})
        return {
            "client_ids": sorted({*self._wish["client_ids"], *others}),
            "thumbprints": thumbprints or was["thumbprints"],
            "tags": wanted_tags(was["tags"], self._wish) if ours else was["tags"],
        }

    def bring(self, before: State | None, after: State) -> None:
        """Make it, or bring it from one state to the other."""
        if before is None:
            self._make(after)
            return
        for client in set(after["client_ids"]) - set(before["client_ids"]):
            self._iam.ask("add_client_id_to_open_id_connect_provider", **self._name, ClientID=client)
        for client in set(before["client_ids"]) - set(after["client_ids"]):
            self._iam.ask("remove_client_id_from_open_id_connect_provider", **self._name, ClientID=client)
        if before["thumbprints"] != after["thumbprints"]:
            given = {"ThumbprintList": after["thumbprints"]}
            self._iam.ask("update_open_id_connect_provider_thumbprint", **self._name, **given)
        gone, added = tag_moves(before["tags"], after["tags"])
        if gone:
            self._iam.ask("untag_open_id_connect_provider", **self._name, TagKeys=gone)
        if added:
            self._iam.ask("tag_open_id_connect_provider", **self._name, Tags=added)

    def _make(self, after: State) -> None:
        given = {"ClientIDList": after["client_ids"], **with_tags(after["tags"])}
        # Without a list IAM finds out for itself.
        if after["thumbprints"]:
            given["ThumbprintList"] = after["thumbprints"]
        self._iam.ask("create_open_id_connect_provider", Url=self._wish["url"], **given)

    def remove(self) -> None:
        """Remove it."""
        self._iam.ask("delete_open_id_connect_provider", **self._name)


def refuse_wrong(wish: dict[str, Any]) -> None:
    """Raise CloudError for what IAM would take and never match, or answer with less than the reason."""
    parts = urlsplit(wish["url"])
    whole = parts.scheme == "https" and parts.netloc and not parts.query and not parts.fragment
    if not whole or set(":@") & set(parts.netloc) or len(wish["url"]) > _LONGEST:
        raise CloudError(
            f"{wish['url']} is no issuer for IAM: it must be https://, without port, user and query, of {_LONGEST} "
            "characters at most; nothing was changed."
        )
    if not wish["client_ids"] and wish["state"] == "present":
        raise CloudError("client_ids is empty, so no token would be believed; nothing was changed.")
    wrong = [each for each in wish["thumbprints"] or [] if not _is_thumbprint(each)]
    if wrong:
        raise CloudError(f"{wrong[0]} is no thumbprint: 40 hexadecimal digits without colons; nothing was changed.")


def _is_thumbprint(text: str) -> bool:
    return len(text) == 40 and set(text.lower()) <= set("0123456789abcdef")  # noqa: PLR2004 - SHA-1's, in hexadecimal


def run(module: AnsibleAWSModule) -> dict[str, Any]:
    """Do what the task asks; return the module's result."""
    wish = module.params
    refuse_wrong(wish)
    region = module.region or _HOME
    account, partition = account_of(module, region)
    arn = f"arn:{partition}:iam::{account}:oidc-provider/{wish['url'].removeprefix('https://')}"
    provider = Provider(Service(module, "iam", region), wish, arn)
    return {**keep({"provider": provider}, present=wish["state"] == "present", check=module.check_mode), "arn": arn}


def main() -> None:
    """Run as an Ansible module."""
    module = AnsibleAWSModule(
        argument_spec={
            "url": {"type": "str", "required": True},
            "client_ids": {"type": "list", "elements": "str", "default": ["sts.amazonaws.com"]},
            "purge_client_ids": {"type": "bool", "default": False},
            "thumbprints": {"type": "list", "elements": "str"},
            "owner_tags": {"type": "list", "elements": "str", "default": []},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            **TAG_OPTIONS,
        },
        supports_check_mode=True,
    )
    conclude(module, f"bring IAM's provider for {module.params['url']} to what was asked", lambda: run(module))


if __name__ == "__main__":
    main()
