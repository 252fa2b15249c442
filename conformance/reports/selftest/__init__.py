"""What a self-test found, shown."""
