"""Pictures: data in, matplotlib Axes out. Nothing here shows a figure or changes a default."""
