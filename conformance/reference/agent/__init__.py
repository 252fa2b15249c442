"""The agent that listens in a room for the AI; its own program: its native SDK may abort."""
