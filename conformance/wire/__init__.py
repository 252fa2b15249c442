"""Plug-N-Meet's contract as data: messages, tokens, signatures, subjects, room rules.

It is this project's own minimal reading of plugnmeet-protocol v1.5.0 and plugNmeet-server v2.4.0.
It is pure, without I/O.
"""
