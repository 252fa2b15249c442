"""The systems under test: one module per service, one module per stack.

A scenario uses only `Stack` (base.py). The run's options choose the services behind it.
"""
