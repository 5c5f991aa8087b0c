"""Which AWS profile is for which environment, where one command speaks to several."""

from __future__ import annotations

from collections.abc import Mapping


def own(environment: str, what: str) -> str:
    """Return the name of the variable that says something of one environment, as in SLIPWAY_STAGING_AWS_PROFILE."""
    return f"SLIPWAY_{environment.upper().replace('-', '_')}_{what}"


def profile_of(environment: str, told: Mapping[str, str]) -> dict[str, str]:
    """Return what to add to a command's environment, so that it speaks to AWS as this environment's role.

    Nothing where SLIPWAY_<ENVIRONMENT>_AWS_PROFILE isn't set: then it's whoever AWS_PROFILE or the like say.
    """
    name = told.get(own(environment, "AWS_PROFILE"), "")
    return {"AWS_PROFILE": name} if name else {}
