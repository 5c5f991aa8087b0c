"""The lab against the real machine: needs root, boots real hosts, and works inside another lab as well."""
