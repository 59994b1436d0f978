"""What the parts of an executable mean, as facts of the catalogue; one file for each kind of it."""
