"""Plugins of Ansible that tests need."""
