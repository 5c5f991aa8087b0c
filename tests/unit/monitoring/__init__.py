"""The program that generates rules and dashboards."""
