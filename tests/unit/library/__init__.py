"""Tests of our Ansible modules, and of what they share."""

from pathlib import Path

import ansible.module_utils

# Ansible puts a project's module_utils beside its own when it packs a module for a host; here nothing is packed.
ansible.module_utils.__path__.append(str(Path(__file__).resolve().parents[3] / "module_utils"))
