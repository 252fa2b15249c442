"""Plug-N-Meet's contract as data: messages, tokens, signatures, subjects, room rules.

Our own minimal reading of plugnmeet-protocol v1.5.0 and plugNmeet-server v2.4.0; pure, no I/O.
"""
