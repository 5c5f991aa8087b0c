"""Dashboards as code: src/ in Python, generated/ as Grafana reads it."""
