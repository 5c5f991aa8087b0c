"""Service level objectives: what each environment promises, and the rules that tell whether it keeps it.

`<environment>.yml` in this folder declares the objectives; `python -m monitoring` makes rules/slo/<environment>.yml of
it.
"""
