"""One check a file; its id is the file name with hyphens. No registry to edit."""
