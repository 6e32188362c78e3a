"""Is it safe? The search for an order of calls that breaks a function."""
