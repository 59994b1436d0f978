"""Layer 0: frozen data. Standard library only, no input or output, no clock."""
