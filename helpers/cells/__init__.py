"""What a notebook cell shows: live pictures, predictions, checks of exercises, the scaling lab."""
