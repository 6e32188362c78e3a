"""Charts that several lessons share, and how every chart looks."""
