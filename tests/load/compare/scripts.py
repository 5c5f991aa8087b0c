"""Scripts for the lab host, in bash. They run with VERSION (the release), NEW and OLD (slots) set."""

import json

APP = "tiny"
SLOTS = ("blue", "green")
TOOLS = "/opt/compare"  # where Slipway's modules and gunicorn lie
READY_LIMIT = 30  # seconds for a release to answer

PRELUDE = f"""\
put() {{ ln -sfn "../releases/$VERSION" "/srv/{APP}/slots/.$1"; mv -T "/srv/{APP}/slots/.$1" "/srv/{APP}/slots/$1"; }}
ready() {{ python3 {TOOLS}/ready.py "/run/{APP}/$1.sock" "$VERSION" {READY_LIMIT}; }}
module() {{ PYTHONPATH={TOOLS} python3 "{TOOLS}/library/$1.py" "{{\\"ANSIBLE_MODULE_ARGS\\": $2}}"; }}
upstream() {{
  printf 'upstream {APP} {{\\n    server unix:/run/{APP}/%s.sock max_fails=0;\\n}}\\n' "$1" > /etc/nginx/.upstream.conf
  mv /etc/nginx/.upstream.conf /etc/nginx/upstream.conf
}}
nginx_workers() {{ cat "/proc/$(cat /run/nginx.pid)/task/"*/children; }}
ended() {{
  for _ in $(seq 600); do
    for process in $1; do if [ -d "/proc/$process" ]; then sleep 0.05; continue 2; fi; done
    return 0
  done
  echo "nginx' old processes did not end within 30 s"; return 1
}}
"""


def call(module: str, **options: object) -> str:
    """Return the line of a script that runs one of Slipway's modules; values may use the script's variables."""
    text = json.dumps({"app": APP, **options}).replace('"', '\\"')
    return f'module {module} "{text}"\n'


START = f"put blue\nsystemctl start {APP}-web@blue\nready blue\n"
START_BEHIND_SOCKET = f"systemctl start {APP}-web@blue.socket\n{START}"
RESTART = f"put blue\nsystemctl restart {APP}-web@blue\nready blue\n"
HUP = f"put blue\nsystemctl reload {APP}-web@blue\n"

_SWITCH = f"put $NEW\nsystemctl start {APP}-web@$NEW\nready $NEW\nupstream $NEW\nnginx -t -q\n"
RELOAD = f"{_SWITCH}systemctl reload nginx\nsystemctl stop {APP}-web@$OLD\n"
RELOAD_DRAIN = (
    f'{_SWITCH}workers="$(nginx_workers)"\nsystemctl reload nginx\nended "$workers"\nsystemctl stop {APP}-web@$OLD\n'
)

LANES = (
    call("slot", slot="$NEW", state="stopped", worker=False)
    + "put $NEW\n"
    + call("slot", slot="$NEW", state="ready", release="$VERSION", health_path="/")
    + call("lanes", slot="$NEW")
    + call("slot", slot="$NEW", state="live", worker=False)
)
START_LANES = f"systemctl start {APP}-web@blue.socket {APP}-web@green.socket\n{LANES}"
