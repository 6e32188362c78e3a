"""What results mean: facts, one chooser, theory, and the words for them."""
