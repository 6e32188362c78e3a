"""What theory says: closed forms, a simulator of the lock, and results put into words."""
