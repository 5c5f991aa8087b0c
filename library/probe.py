#!/usr/bin/python
"""Ansible module that starts, reads and stops the probe of one application."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.probe_unit import START_LIMIT, ProbeError, ProbeUnit, summary

DOCUMENTATION = r"""
module: probe
short_description: Send steady requests through the edge while a release travels, and count what became of them
description:
  - The probe is C(slipway-probe@<app>.service), which the role C(probe) lays down on a monitoring host. It sends at a
    constant rate, on kept-alive and on fresh connections, checks each answer, and repeats no request.
  - C(started) returns when each kind of request was answered right once on each kind of connection. When one of these
    isn't, the probe is stopped and the task fails with the reason. One of the same O(id) that runs is left alone, one
    of another is replaced.
  - C(read) and C(stopped) return the counts. Failed requests don't make them fail, that is for the caller to judge;
    a probe that can't be believed does, because it died, hangs, or ended at its O(limit).
  - From the first failed request on there is a file, RV(abort_file), that says which.
options:
  app:
    description: The application's name.
    type: str
    required: true
  state:
    description: What the probe must be afterwards. V(read) leaves it as it is.
    type: str
    choices: [started, read, stopped]
    required: true
  id:
    description: The release's id. Without it, V(read) and V(stopped) mean whichever probe there is.
    type: str
  url:
    description: Where requests go, as in C(https://mailroom.example.com). The certificate must prove this name.
    type: str
  address:
    description: The address to connect to. Without it the name is looked up.
    type: str
  ca:
    description: The only authority to trust, in PEM. Without it and O(ca_file) the system's store is trusted.
    type: str
  ca_file:
    description: The same as a file on this host.
    type: path
  rate:
    description: Requests a second, 0.1 to 500.
    type: float
    default: 20
  fresh:
    description: The share of requests on new connections of their own, 0 to 1.
    type: float
    default: 0.2
  connections:
    description: How many connections are kept alive. While all of them wait for answers, more are opened.
    type: int
    default: 4
  timeout:
    description: Seconds from when a request is due to its whole answer, 0.1 to 60.
    type: float
    default: 10
  limit:
    description: Seconds after which the probe ends by itself.
    type: int
    default: 3600
  requests:
    description: What is sent, in the proportion of their weights.
    type: list
    elements: dict
    suboptions:
      name: {description: What it is called in reports. Its method and path without it., type: str}
      method: {description: The method., type: str, default: GET}
      path: {description: "The path; C({n}) becomes the request's number.", type: str, required: true}
      headers: {description: Headers., type: dict, default: {}}
      body:
        description: The body. A dictionary is sent as JSON. C({n}) becomes the request's number.
        type: raw
      expect: {description: Statuses of a right answer., type: list, elements: int, default: [200]}
      has_headers: {description: Headers that a right answer has., type: list, elements: str, default: []}
      body_has:
        description: Members of the JSON object in a right answer. A null or C(...) means any value.
        type: dict
        default: {}
      body_contains: {description: Text in the body of a right answer., type: str, default: ""}
      weight: {description: Its share of all requests., type: int, default: 1}
  secrets:
    description: Headers with secrets that every request carries. They are shown nowhere.
    type: dict
    default: {}
  version_header:
    description: The header in which an answer names the version that gave it. Empty for a service that doesn't.
    type: str
    default: X-Release
  runtime:
    description: Where the probe's state is.
    type: path
    default: /run/slipway-probe
attributes:
  check_mode:
    support: full
    description: Says whether a probe would be started or stopped.
"""

EXAMPLES = r"""
- name: Send requests through the edge from now on
  probe:
    app: mailroom
    state: started
    id: 20261121-1.4.0
    url: https://mailroom.example.com
    address: 10.30.0.10
    requests:
      - path: /health/ready
        has_headers: [X-Release]
      - method: POST
        path: /api/v1/messages
        body: {to: probe@example.com, subject: "probe {n}", text: probe, dry_run: true}
        body_has: {state: valid}
    secrets: {Authorization: "Bearer {{ key }}"}
"""

RETURN = r"""
probe:
  description: >-
    The counts: C(id), C(running), C(ended_by) (stopped, limit, error), C(began), C(updated), C(ended), C(sent),
    C(answered), C(failed), C(in_flight), C(slowest_ms), C(p50_ms), C(p95_ms), C(p99_ms), C(late_ms) (how late the probe
    itself was), C(versions), C(outcomes), C(requests), C(connections) (opened, and how they ended), C(failures) (the
    first ten), C(summary) (the same in one line, and the first failure in another). Null when there is no such probe.
  returned: always
  type: dict
abort_file:
  description: The file that appears with the first failed request, and says which it was.
  returned: always
  type: str
"""

OURS = ("state", "ca_file", "runtime")  # options that the program isn't told
REQUEST: dict[str, Any] = {
    "name": {"type": "str"},
    "method": {"type": "str", "default": "GET"},
    "path": {"type": "str", "required": True},
    "headers": {"type": "dict", "default": {}},
    "body": {"type": "raw"},
    "expect": {"type": "list", "elements": "int", "default": [200]},
    "has_headers": {"type": "list", "elements": "str", "default": []},
    "body_has": {"type": "dict", "default": {}},
    "body_contains": {"type": "str", "default": ""},
    "weight": {"type": "int", "default": 1},
}
ARGUMENTS: dict[str, Any] = {
    "app": {"type": "str", "required": True},
    "state": {"type": "str", "choices": ["started", "read", "stopped"], "required": True},
    "id": {"type": "str"},
    "url": {"type": "str"},
    "address": {"type": "str"},
    "ca": {"type": "str"},
    "ca_file": {"type": "path"},
    "rate": {"type": "float", "default": 20},
    "fresh": {"type": "float", "default": 0.2},
    "connections": {"type": "int", "default": 4},
    "timeout": {"type": "float", "default": 10},
    "limit": {"type": "int", "default": 3600},
    "requests": {"type": "list", "elements": "dict", "options": REQUEST},
    "secrets": {"type": "dict", "default": {}, "no_log": True},
    "version_header": {"type": "str", "default": "X-Release"},
    "runtime": {"type": "path", "default": "/run/slipway-probe"},
}


def wish_of(params: dict[str, Any]) -> dict[str, Any]:
    """Return what the program is told. Raises ProbeError, OSError."""
    if not params["requests"]:
        raise ProbeError("`requests` is empty; give at least one for the probe to send")
    ca = params["ca"] or (Path(params["ca_file"]).read_text(encoding="ascii") if params["ca_file"] else None)
    return {name: value for name, value in params.items() if name not in OURS} | {"ca": ca}


def started(probe: ProbeUnit, params: dict[str, Any], *, check: bool) -> dict[str, Any]:
    """Have a probe of this id run."""
    wish = wish_of(params)
    active, state = probe.active(), probe.state()
    runs = active and state is not None and state.get("id") == params["id"] and state["running"]
    if not runs and not check:
        probe.start(wish)
        probe.wait_for_first_answers(params["timeout"] + START_LIMIT)
    return {"changed": not runs, "state": state if check else probe.state()}


def read(probe: ProbeUnit, params: dict[str, Any], *, check: bool) -> dict[str, Any]:
    """Return what the probe of this id counts."""
    del check
    active, state = probe.active(), mine(probe, params["id"])
    if state is None and params["id"]:
        raise ProbeError(f"there is no probe of {params['id']} on this host; what it should have seen isn't proved")
    return {"changed": False, "state": state, "active": active}


def stopped(probe: ProbeUnit, params: dict[str, Any], *, check: bool) -> dict[str, Any]:
    """Have no probe of this id run; return what it counted."""
    active = probe.active()
    if mine(probe, params["id"]) is None and params["id"]:
        return {"changed": False, "state": None}
    if not check:
        probe.stop()
    return {"changed": active, "state": mine(probe, params["id"]), "active": active and check}


def mine(probe: ProbeUnit, wanted: str | None) -> dict[str, Any] | None:
    """Return the state of the probe of an id, None when there is another or none."""
    state = probe.state()
    return state if state and (not wanted or state.get("id", wanted) == wanted) else None


def main() -> None:
    """Run as an Ansible module."""
    module = AnsibleModule(
        argument_spec=ARGUMENTS,
        mutually_exclusive=[("ca", "ca_file")],
        required_if=[("state", "started", ("id", "url", "requests"))],
        supports_check_mode=True,
    )
    probe = ProbeUnit(module.params["app"], Path(module.params["runtime"]))
    told: dict[str, Any] = {"probe": None, "abort_file": str(probe.failed)}
    try:
        done = {"started": started, "read": read, "stopped": stopped}[module.params["state"]](
            probe, module.params, check=module.check_mode
        )
        if state := done["state"]:
            told["probe"] = state | ({"summary": summary(state)} if "sent" in state else {})
            if module.params["state"] != "started":
                probe.refuse_unproved(state, active=done["active"])
    except (ProbeError, OSError) as error:
        module.fail_json(msg=str(error), **told)
    module.exit_json(changed=done["changed"], **told)


if __name__ == "__main__":
    main()
