"""A domain of SES: its identity with DKIM, and the configuration set that tells what became of its mail."""

from __future__ import annotations

from typing import Any

from ansible.module_utils.aws_service import (
    CloudError,
    Service,
    State,
    Tags,
    tag_moves,
    tags_of,
    wanted_tags,
    with_tags,
)

_MISSING = "NotFoundException"
_EASY_DKIM = {"NextSigningKeyLength": "RSA_2048_BIT"}
_SIGNING_ZONE = "dkim.amazonses.com"  # where a region has another, SES says so


class ConfigurationSet:
    """The configuration set with its event destination."""

    def __init__(self, ses: Service, wish: dict[str, Any], arn: str) -> None:
        """Nothing is asked yet."""
        self._ses = ses
        self._wish = wish
        self.arn = arn
        self._name = {"ConfigurationSetName": wish["configuration_set"]}

    def look(self) -> State | None:
        """Return how it is, None where there is none."""
        if self._ses.find("get_configuration_set", _MISSING, **self._name) is None:
            return None
        told = self._ses.ask("get_configuration_set_event_destinations", **self._name).get("EventDestinations", [])
        ours = next((each for each in told if each["Name"] == self._wish["event_destination"]), None)
        return {"tags": tags_on(self._ses, self.arn), "tells": destination(ours) if ours else None}

    def wanted(self, before: State | None) -> State:
        """Return how it must be."""
        tells = {"enabled": True, "topic": self._wish["topic_arn"], "events": sorted(set(self._wish["events"]))}
        return {"tags": wanted_tags(before["tags"] if before else {}, self._wish), "tells": tells}

    def bring(self, before: State | None, after: State) -> None:
        """Bring it from one state to the other."""
        if before is None:
            self._ses.ask("create_configuration_set", **self._name, **with_tags(after["tags"]))
        else:
            move_tags(self._ses, self.arn, before["tags"], after["tags"])
        was = before["tells"] if before else None
        if was != after["tells"]:
            told = {
                "Enabled": True,
                "MatchingEventTypes": after["tells"]["events"],
                "SnsDestination": {"TopicArn": after["tells"]["topic"]},
            }
            call = f"{'update' if was else 'create'}_configuration_set_event_destination"
            self._ses.ask(
                call, **self._name, EventDestinationName=self._wish["event_destination"], EventDestination=told
            )

    def remove(self) -> None:
        """Remove it."""
        self._ses.ask("delete_configuration_set", **self._name)


class Identity:
    """The domain's identity."""

    def __init__(self, ses: Service, wish: dict[str, Any], arn: str) -> None:
        """Nothing is asked yet."""
        self._ses = ses
        self._wish = wish
        self.arn = arn
        self._name = {"EmailIdentity": wish["domain"]}
        self.told: dict[str, Any] = {}
        self._belongs_to: Tags = {}

    def look(self) -> State | None:
        """Return how it is, None where there is none to keep or to remove; keep what SES told of it."""
        self.told = self._ses.find("get_email_identity", _MISSING, **self._name) or {}
        if not self.told:
            return None
        tags = tags_on(self._ses, self.arn)
        self._belongs_to = strange(tags, self._wish)
        if self._belongs_to and self._wish["state"] == "absent":
            self.told = {}
            return None
        return {
            "configuration_set": self.told.get("ConfigurationSetName"),
            "dkim": bool(self.told["DkimAttributes"].get("SigningEnabled") and self.dkim("Tokens")),
            "tags": tags,
        }

    def wanted(self, before: State | None) -> State:
        """Return how it must be. Raises CloudError where that isn't ours to do."""
        if self._belongs_to:
            theirs = ", ".join(f"{name}={value}" for name, value in self._belongs_to.items())
            raise CloudError(
                f"{self._wish['domain']} belongs to another in this account ({theirs}), whose mail would go by this "
                "one's configuration set; nothing was changed. Send from a domain of its own, such as "
                f"staging.{self._wish['domain']}, or change the identity's tags where it is to be this one's."
            )
        if self.dkim("SigningAttributesOrigin") == "EXTERNAL":
            raise CloudError(
                f"{self._wish['domain']} signs with a key of its own (BYODKIM), which this task would replace; nothing "
                "was changed. Keep it, and its configuration set, by hand, or go over to Easy DKIM in SES first."
            )
        tags = wanted_tags(before["tags"] if before else {}, self._wish)
        return {"configuration_set": self._wish["configuration_set"], "dkim": True, "tags": tags}

    def bring(self, before: State | None, after: State) -> None:
        """Bring it from one state to the other."""
        set_name = {"ConfigurationSetName": after["configuration_set"]}
        if before is None:
            rest = {"DkimSigningAttributes": _EASY_DKIM, **with_tags(after["tags"])}
            self._ses.ask("create_email_identity", **self._name, **set_name, **rest)
            return
        move_tags(self._ses, self.arn, before["tags"], after["tags"])
        if before["configuration_set"] != after["configuration_set"]:
            self._ses.ask("put_email_identity_configuration_set_attributes", **self._name, **set_name)
        if not before["dkim"]:
            self._sign()

    def _sign(self) -> None:
        """Have SES sign: with keys of its own where it has none, and where signing was switched off."""
        if not self.dkim("Tokens"):
            keys = {"SigningAttributesOrigin": "AWS_SES", "SigningAttributes": _EASY_DKIM}
            self._ses.ask("put_email_identity_dkim_signing_attributes", **self._name, **keys)
        if not self.dkim("SigningEnabled"):
            self._ses.ask("put_email_identity_dkim_attributes", **self._name, SigningEnabled=True)

    def remove(self) -> None:
        """Remove it."""
        self._ses.ask("delete_email_identity", **self._name)

    def dkim(self, attribute: str) -> Any:  # noqa: ANN401
        """Return what SES told of signing."""
        return self.told.get("DkimAttributes", {}).get(attribute)

    def describe(self) -> dict[str, Any]:
        """Return what SES told, as the module's result has it."""
        tokens = self.dkim("Tokens") or []
        zone = self.dkim("SigningHostedZone") or _SIGNING_ZONE
        records = [(f"{token}._domainkey.{self._wish['domain']}", f"{token}.{zone}") for token in tokens]
        return {
            "verified": bool(self.told.get("VerifiedForSendingStatus")),
            "dkim_status": self.dkim("Status") or "NOT_STARTED",
            "dkim_tokens": tokens,
            "dns_records": [{"name": name, "type": "CNAME", "value": value} for name, value in records],
        }


def destination(told: dict[str, Any]) -> State:
    """Return an event destination as a state."""
    topic = told.get("SnsDestination", {}).get("TopicArn")
    return {"enabled": told.get("Enabled", False), "topic": topic, "events": sorted(told["MatchingEventTypes"])}


def strange(tags: Tags, wish: dict[str, Any]) -> Tags:
    """Return the tags that tell a thing to be another's, by the options `tags` and `owner_tags`."""
    ours = {name: str(value) for name, value in (wish["tags"] or {}).items()}
    return {name: tags[name] for name in wish["owner_tags"] if name in tags and tags[name] != ours.get(name)}


def tags_on(ses: Service, arn: str) -> Tags:
    """Return the tags of an identity or a configuration set."""
    return tags_of(ses.ask("list_tags_for_resource", ResourceArn=arn)["Tags"])


def move_tags(ses: Service, arn: str, before: Tags, after: Tags) -> None:
    """Change the tags of an identity or a configuration set."""
    gone, added = tag_moves(before, after)
    if gone:
        ses.ask("untag_resource", ResourceArn=arn, TagKeys=gone)
    if added:
        ses.ask("tag_resource", ResourceArn=arn, Tags=added)
