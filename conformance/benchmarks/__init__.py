"""What `conform bench` measures."""
