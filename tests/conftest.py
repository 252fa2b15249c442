"""What every test of the suite starts with."""

import signal

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # So starts a job in the background of a shell, and so would the runs that tests interrupt.
    signal.signal(signal.SIGINT, signal.default_int_handler)
