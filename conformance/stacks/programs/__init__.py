"""The programs that a run needs: which, where they are, and how a missing one is installed."""
