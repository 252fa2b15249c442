"""The measurements of `conform bench`."""
