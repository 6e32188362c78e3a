"""The command line and the magics."""
