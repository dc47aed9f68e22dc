"""Location files: where addresses are, and whose networks they belong to."""
