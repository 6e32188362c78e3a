"""What only the series' own makers run: pages, links, documents, recordings."""
