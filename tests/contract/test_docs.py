"""The pages point at things that are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.contract.tree import ROOT, lines, matching, tracked

PAGES = matching("*.md", "docs/**/*.md")
DECISIONS = matching("docs/decisions/*.md")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
COMMAND = re.compile(r"\bmake ([a-z][a-z-]*)\b")

each_page = pytest.mark.parametrize("page", PAGES, ids=str)


def text(path: Path) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def anchors(path: Path) -> set[str]:
    """Anchors that GitHub makes of a page's headings."""
    heads = re.findall(r"^#+ (.*)$", text(path), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def is_there(page: Path, target: str) -> bool:
    name, _, anchor = target.partition("#")
    path = (ROOT / page).parent / name if name else ROOT / page
    return path.exists() and (not anchor or anchor in anchors(path))


@each_page
def test_every_link_into_the_repository_leads_somewhere(page: Path) -> None:
    targets = [target for target in LINK.findall(text(page)) if not target.startswith(("http", "mailto:"))]

    assert [target for target in targets if not is_there(page, target)] == []


@each_page
def test_every_make_command_on_a_page_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z][a-z-]*):", text(Path("Makefile")), re.MULTILINE))
    code = re.findall(r"^```.*?^```|`[^`\n]+`", text(page), re.MULTILINE | re.DOTALL)

    assert {name for part in code for name in COMMAND.findall(part)} - targets == set()


def test_every_top_level_folder_is_in_the_table_of_parts() -> None:
    table = text(Path("docs/architecture.md"))
    folders = {path.parts[0] for path in tracked() if len(path.parts) > 1}

    assert [folder for folder in sorted(folders) if f"`{folder}/`" not in table] == []


def test_every_role_is_in_the_table_of_roles() -> None:
    table = text(Path("docs/architecture.md"))
    roles = {path.parts[1] for path in matching("roles/*/tasks/main.yml")}

    assert [role for role in sorted(roles) if f"| `{role}` |" not in table] == []


def test_decisions_are_numbered_without_a_gap() -> None:
    assert [int(path.name[:4]) for path in DECISIONS] == list(range(1, len(DECISIONS) + 1))


@pytest.mark.parametrize("decision", DECISIONS, ids=lambda path: path.stem)
def test_a_decision_says_its_status_context_and_consequences(decision: Path) -> None:
    head = [line for line in lines(decision) if line.startswith(("# ", "Status: ", "## "))]

    assert head[0].startswith(f"# {int(decision.name[:4])}. ")
    assert head[1].removeprefix("Status: ") in {"accepted", "superseded"}
    assert head[2:] == ["## Context", "## Decision", "## Consequences"]


def test_the_readme_fits_on_two_screens() -> None:
    assert len(lines(Path("README.md"))) <= 100


@pytest.mark.parametrize("picture", matching("docs/*.svg"), ids=str)
def test_a_picture_tells_its_content_to_those_who_do_not_see_it(picture: Path) -> None:
    assert re.search(r"<title id=.*</title>\s*<desc id=.*</desc>", text(picture))
    assert (ROOT / picture).stat().st_size < 20_000
