# Everything Slipway does, by name. `make` alone lists it.
# ENV names a folder under inventories/; VERSION a release; both are checked before anything runs.

# They are taken from make's own command line only: a shell's HOST or ENV means something else.
ENV     := local
VERSION :=
APP     :=
SOURCE  := app
LANES   := 4
FROM    := staging
TO      := production
FAST    :=
WAIT    :=
BREAK_LOCK :=
DESPITE_ALERTS :=
HOST    :=
WATCH   :=
REQUEST :=
UNIT    :=
LEVEL   :=
ON      :=
OFF     :=
SINCE   :=
UNTIL   :=
FOLLOW  :=
ROTATE  :=
SIGN    :=
RETIRE  :=
SET     :=
BACKUPS :=
CONFIRM :=
PORT    := 8000
ARGS    :=

VENV    := $(CURDIR)/.venv
PYTHON  := $(VENV)/bin/python
REPORTS := $(CURDIR)/.reports
STAGES  := lint test-unit test-app test-previous test-faults test-vagrant test-cloud test-lab
# The lab measures, so that nothing else may run then.
ALONE    = $(filter test-lab,$(STAGES))
# The longest begin. Faults are made to be waited for, so that two others at a time have the two processors.
LONGEST  = $(foreach stage,test-faults test-cloud test-app test-unit test-vagrant,$(filter $(stage),$(STAGES)))
BESIDE   = $(LONGEST) $(filter-out $(LONGEST) $(ALONE),$(STAGES))
ENVS    := $(notdir $(wildcard inventories/*))
CLOUDS   := $(notdir $(patsubst %/aws_ec2.yml,%,$(wildcard inventories/*/aws_ec2.yml)))
BUILT    = $(patsubst dist/mailroom-%.tar.gz,%,$(wildcard dist/mailroom-*.tar.gz))
ROOT    := $(shell [ "$$(uname -s)" = Linux ] && [ "$$(id -u)" = 0 ] && echo yes)

export PATH           := $(VENV)/bin:$(PATH):/usr/sbin:/sbin
export ANSIBLE_CONFIG := $(CURDIR)/ansible.cfg
export UV_SYSTEM_CERTS := 1

# Each environment's vault has a password of its own, in a file that git ignores. Ansible is told of that file where it
# is here, and of no other environment's: it may be a program that asks somebody.
VAULTS := $(foreach env,$(if $(filter promote,$(MAKECMDGOALS)),$(FROM) $(TO),$(ENV)),$(wildcard .vault-password-$(env)))
ifneq ($(VAULTS),)
NONE  :=
COMMA := ,
export ANSIBLE_VAULT_IDENTITY_LIST := $(subst $(NONE) $(NONE),$(COMMA),$(foreach \
  file,$(VAULTS),$(file:.vault-password-%=%)@$(CURDIR)/$(file)))
endif

PLAYBOOK = ansible-playbook -i inventories/$(ENV)
# What the commands of a release share: which application, and whether a lock is waited for or broken.
RELEASE  = $(if $(APP),-e app_name=$(APP)) $(if $(FAST),-e release_fast=true) $(if $(WAIT),-e release_wait=$(WAIT)) \
  $(if $(BREAK_LOCK),-e release_break_lock=true) $(if $(DESPITE_ALERTS),-e release_despite_alerts=true)
PYTEST   = $(PYTHON) -m pytest --junitxml=$(REPORTS)/$@.xml

.DEFAULT_GOAL := help
.PHONY: help up down status ssh test $(STAGES) verify secrets converge check build release rollback lock docs fmt \
        clean releases logs split promote contract test-previous env-control env-up env-test have-env have-secrets \
        have-version have-cloud provision replace teardown access cost maintenance dev env-dev drain undrain \
        have-host

##@ Try it
up: env-up ## A blank Debian host, converged, with Mailroom released on it (lab as root on Linux, else Vagrant)
	@$(PYTHON) -m tools.up

down: env-control ## Remove all that `make up` made, also after a crash or a reboot
ifeq ($(ROOT),yes)
	@$(PYTHON) -m tests.lab down --name local
else
	@vagrant destroy --force
	@$(PYTHON) -m tests.lab down --name local
endif

status: env-control have-env ## What is live in ENV, unfinished, wrong, and left of the budgets; WATCH=1 keeps it fresh
ifeq ($(ENV),local)
ifeq ($(ROOT),yes)
	@$(PYTHON) -m tests.lab status --name local
else
	@vagrant status
endif
endif
	@$(PYTHON) -m tools.status -i inventories/$(ENV) $(if $(WATCH),--watch) $(if $(APP),-e app_name=$(APP)) $(ARGS)

ssh: env-control ## Log in to a local host; HOST=name if there are several
ifeq ($(ROOT),yes)
	@$(PYTHON) -m tests.lab ssh --name local $(HOST)
else
	@vagrant ssh $(HOST)
endif

##@ Check it
test: env-test ## Everything, in stages, and one line that sums it up
	@rm -rf $(REPORTS); mkdir -p $(REPORTS)
	@$(if $(BESIDE),printf '\n==> %s: side by side; each is shown when it ends\n' '$(BESIDE)')
	@$(if $(BESIDE),$(MAKE) --no-print-directory --jobs=3 --output-sync=target $(addprefix stage-,$(BESIDE)))
	@$(if $(ALONE),$(MAKE) --no-print-directory $(addprefix stage-,$(ALONE)))
	@$(PYTHON) -m tools.summary $(REPORTS) $(foreach stage,$(STAGES),$(stage)="$$(cat $(REPORTS)/$(stage).status)")

# A stage that fails doesn't keep the others from running; the summary tells of it. Those that only compute leave the
# processors to the hosts of those that watch.
stage-%: LEISURE = $(if $(filter test-faults test-cloud test-lab,$*),,nice -n 19)
stage-%:
	@printf '\n==> %s\n' $*; if $(LEISURE) $(MAKE) --no-print-directory $*; then code=0; else code=$$?; fi; \
	echo $$code > $(REPORTS)/$*.status

lint: env-control ## ruff, mypy, yamllint, ansible-lint, shellcheck, promtool; generated files are up to date
	@$(PYTHON) -m tools.lint --junitxml $(REPORTS)/$@.xml

test-unit: env-control ## Unit, contract and template tests: no host needed
	@$(PYTEST) $(wildcard tests/unit tests/contract tests/templates) $(ARGS)

test-app: env-control ## Mailroom's own tests, in its own environment, on a real PostgreSQL and Redis
	@uv run --quiet --directory app --frozen pytest --numprocesses 3 --dist loadfile --junitxml=$(REPORTS)/$@.xml $(ARGS)

test-previous: env-control ## The release before's own tests, on the schema of this tree
	@$(PYTHON) -m tools.previous --junitxml $(REPORTS)/$@.xml

test-faults: env-test ## Alerts, each by a fault that is made for it, on a blank lab host
	@$(PYTHON) -m tests.lab run --name faults --inventory inventories/local -- $(PYTEST) tests/faults $(ARGS)

test-vagrant: env-test ## The unmodified Vagrantfile, by Vagrant itself: up, provision, in turn development, destroy
	@$(PYTHON) -m tests.lab run --name vagrant -- $(PYTEST) tests/vagrant $(ARGS)

test-cloud: env-test ## Production from an empty account on, in the simulated AWS, and away again
	@$(PYTHON) -m tests.lab run --name cloud --inventory inventories/local -- $(PYTEST) tests/cloud_tests $(ARGS)

test-lab: env-test ## Roles, releases, outages and load on blank lab hosts
	@$(PYTHON) -m tests.lab run --name test --inventory inventories/local -- \
	  $(PYTEST) tests/lab_tests tests/up tests/infra tests/smoke tests/release $(ARGS)

verify: env-control have-env ## Check every host of ENV from outside and inside, read-only
	@SLIPWAY_ENVIRONMENT=$(ENV) $(PYTEST) $(wildcard tests/infra tests/smoke) $(ARGS)

##@ Run it
provision: env-control have-cloud ## Make ENV in AWS, or what is missing of it; then `make converge` takes over
	@$(PLAYBOOK) playbooks/provision.yml $(ARGS)

replace: env-control have-cloud have-secrets have-host ## Make app host HOST of ENV anew; the others serve
	@$(PLAYBOOK) playbooks/provision.yml -e cloud_replace=$(HOST) $(ARGS)
	@$(PLAYBOOK) playbooks/site.yml $(ARGS)

teardown: env-control have-cloud ## Take ENV away again, but its backups; BACKUPS=delete takes these too
	@$(PLAYBOOK) playbooks/teardown.yml $(if $(CONFIRM),-e teardown_confirm=$(CONFIRM)) \
	  $(if $(filter delete,$(BACKUPS)),-e cloud_remove_backups=true) $(ARGS)

secrets: env-control have-env ## Make the secrets that ENV lacks; ROTATE=, SIGN=, RETIRE=: change one; SET=: keep one
	@$(PYTHON) -m tools.secrets $(ENV) $(if $(ROTATE),--rotate $(ROTATE)) $(if $(SIGN),--sign $(SIGN)) \
	  $(if $(RETIRE),--retire $(RETIRE)) $(if $(SET),--set $(SET))

converge: env-control have-secrets ## Bring every host of ENV to the described state
	@$(PLAYBOOK) playbooks/site.yml $(ARGS)

check: env-control have-secrets ## Show what `converge` would change, and change nothing
	@$(PLAYBOOK) playbooks/site.yml --check --diff $(ARGS)

build: env-control ## Build dist/NAME-VERSION.tar.gz from SOURCE (app): the same bytes go everywhere
	@$(PYTHON) -m tools.build --source $(SOURCE) $(VERSION)

release: env-control have-secrets have-version ## Release VERSION to ENV, gated step by step, or back; FAST=1: no bake
	@$(PLAYBOOK) playbooks/release.yml -e release_version=$(VERSION) $(RELEASE) $(ARGS)

rollback: env-control have-secrets ## Every lane of ENV back to the slot before; also ends what was cut off
	@$(PLAYBOOK) playbooks/rollback.yml $(RELEASE) $(ARGS)

split: env-control have-secrets have-version ## Give VERSION only LANES of 20, until `make release` or `rollback`
	@$(PLAYBOOK) playbooks/release.yml -e release_version=$(VERSION) -e release_split=$(LANES) $(RELEASE) $(ARGS)

promote: env-control ## Release to TO exactly the bytes that are live, and finished their bake, in FROM; only VERSION
	@$(PYTHON) -m tools.promote --from $(FROM) --to $(TO) $(if $(APP),--app $(APP)) \
	  $(if $(VERSION),--version $(VERSION)) -- $(RELEASE) $(ARGS)

access: env-control have-env ## Let GitHub's releases into ENV: its SSH key and known hosts into AWS's Parameter Store
	@$(PYTHON) -m tools.access.share $(ENV)

contract: env-control have-secrets ## Take from the schema what no release needs any more: the live one's contract steps
	@$(PLAYBOOK) playbooks/contract.yml $(RELEASE) $(ARGS)

maintenance: env-control have-env ## Shut the site for clients (ON=1), who get a 503, or open it (OFF=1)
	@case '$(if $(ON),on)$(if $(OFF),off)' in on|off) ;; \
	  *) echo 'Say which: make maintenance ON=1, or make maintenance OFF=1' >&2; exit 2;; esac
	@$(PLAYBOOK) playbooks/maintenance.yml -e nginx_maintenance=$(if $(ON),true,false) $(ARGS)

drain: env-control have-env have-host ## Take app host HOST's requests away, once it has answered what it has in hand
	@$(PLAYBOOK) playbooks/drain.yml -e nginx_drain_host=$(HOST) $(ARGS)

undrain: env-control have-env have-host ## Give app host HOST requests again
	@$(PLAYBOOK) playbooks/drain.yml -e nginx_drain_host=$(HOST) -e nginx_drained=false $(ARGS)

releases: env-control have-env ## The ledger: what was released when, by whom, how long it took, what came of it
	@$(PYTHON) -m tools.releases -i inventories/$(ENV) $(if $(APP),-e app_name=$(APP)) $(ARGS)

# What is looked for reaches the shell as variables, whose quotes and dollars it leaves alone.
logs: export REQUEST := $(REQUEST)
logs: export HOST := $(HOST)
logs: export UNIT := $(UNIT)
logs: export LEVEL := $(LEVEL)
logs: export SINCE := $(SINCE)
logs: export UNTIL := $(UNTIL)
logs: env-control have-env ## Search all hosts' logs by REQUEST=, HOST=, UNIT=, LEVEL=, SINCE=, UNTIL=; FOLLOW=1
	@$(PYTHON) -m tools.logs -i inventories/$(ENV) $${REQUEST:+--request="$$REQUEST"} $${HOST:+--host="$$HOST"} \
	  $${UNIT:+--unit="$$UNIT"} $${LEVEL:+--level="$$LEVEL"} $${SINCE:+--since="$$SINCE"} $${UNTIL:+--until="$$UNTIL"} \
	  $(if $(FOLLOW),--follow) $(ARGS)

cost: env-control have-env ## What ENV costs a month on EC2, without ENV all that are there; ARGS=--help
	@$(PYTHON) -m tools.cost $(if $(findstring command,$(origin ENV)),$(ENV)) $(ARGS)

##@ Work on it
dev: env-dev ## Mailroom alone, with reload, on an empty PostgreSQL and Redis; PORT=8000; Ctrl-C ends all of it
	@$(PYTHON) -m tools.dev --source $(SOURCE) --port $(PORT)

lock: env-control ## Update uv.lock, tools/uv.txt and app/uv.lock to the newest allowed versions
	@uv lock --upgrade
	@uv export --quiet --frozen --only-group bootstrap --no-header --output-file tools/uv.txt
	@uv lock --upgrade --directory app
	@uv lock --upgrade --directory tests/apps/guestbook

docs: env-control ## Regenerate docs/{variables,cost}.md, docs/openapi.json, monitoring/rules and dashboards
	@$(PYTHON) -m monitoring
	@$(PYTHON) -m tools.variables_doc
	@$(PYTHON) -m tools.cost --write docs/cost.md
	@PYTHONPATH=tests uv run --quiet --directory app --frozen python -m support.documents

fmt: env-control ## Format and fix what can be fixed by itself
	@ruff check --fix-only --quiet .
	@ruff format --quiet .

clean: ## Remove caches, reports and built artifacts (not .venv, not .slipway)
	@rm -rf .reports .mypy_cache .ruff_cache .pytest_cache .hypothesis .ansible .cache dist
	@find . -name __pycache__ -not -path './.venv/*' -not -path './app/.venv/*' -prune -exec rm -rf {} +

help: ## This list
	@awk 'BEGIN { FS = ":.*## " } \
	  /^##@ / { printf "\n%s\n", substr($$0, 5) } \
	  /^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))
	@printf '\nVariables: ENV=%s (there are: %s), VERSION, APP, HOST,\n' '$(ENV)' '$(ENVS)'
	@printf '  for logs REQUEST, UNIT, LEVEL, SINCE=10m, UNTIL, FOLLOW=1,\n'
	@printf '  for a release FAST=1, WAIT=10m, BREAK_LOCK=1, DESPITE_ALERTS=1; ARGS, passed on to the command\n'

# What the targets above need. Fast when there is nothing to do.
env-control:
	@tools/bootstrap.sh control
env-dev:
	@tools/bootstrap.sh dev
env-up:
	@tools/bootstrap.sh up
env-test:
	@tools/bootstrap.sh test

have-env:
	@[ -n "$(ENV)" ] && [ -d "inventories/$(ENV)" ] || { \
	  echo "ENV=$(ENV): there is no such environment. There are: $(ENVS)" >&2; exit 2; }

# Only what a host is converged with, or a service released with, needs them.
have-secrets: have-env
	@[ "$(ENV)" = local ] || grep -rqsE '^(vault_|plugin: slipway_ssm|.ANSIBLE_VAULT;)' inventories/$(ENV) || { \
	  echo "ENV=$(ENV) has no secrets yet: make secrets ENV=$(ENV)" >&2; exit 2; }
	@! grep -rqs '^.ANSIBLE_VAULT;' inventories/$(ENV) || \
	  [ -n "$(VAULTS)$$ANSIBLE_VAULT_IDENTITY_LIST$$ANSIBLE_VAULT_PASSWORD_FILE$(findstring vault,$(ARGS))" ] || { \
	  echo "ENV=$(ENV): its vault.yml is encrypted and .vault-password-$(ENV) isn't here." >&2; \
	  echo "Get it from where your team keeps it, write it there and chmod 0600 it. See docs/secrets.md" >&2; exit 2; }

have-cloud: have-env
	@[ -f "inventories/$(ENV)/aws_ec2.yml" ] || { \
	  echo "ENV=$(ENV) isn't in AWS. There are: $(CLOUDS)" >&2; exit 2; }

have-host:
	@[ -n "$(HOST)" ] || { echo "HOST is missing. Say which: make $(firstword $(MAKECMDGOALS)) HOST=app-1" >&2; exit 2; }

have-version:
	@[ -n "$(VERSION)" ] || { \
	  echo "VERSION is missing. Say which: make $(firstword $(MAKECMDGOALS)) VERSION=1.4.0" >&2; \
	  echo "Built here: $(or $(BUILT),nothing yet, see make build)" >&2; exit 2; }
