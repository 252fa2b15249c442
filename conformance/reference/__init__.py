"""The reference server and client: small programs whose rules can be broken one by one."""
