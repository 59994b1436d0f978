"""One thin file per command: arguments, use case, rendering."""
