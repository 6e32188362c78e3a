"""The jobs that are measured: strings, pictures, and any function with a list."""
