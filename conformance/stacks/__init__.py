"""Things that run: one file a service, one a stack.

A scenario sees only `Stack` (base.py); which services stand behind it is the run's choice.
"""
