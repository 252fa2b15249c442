"""The programs that a run needs: which, where they are, and how to install a missing one."""
