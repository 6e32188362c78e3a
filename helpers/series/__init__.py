"""What stands around the notebooks: links, pages, the guide's figures, the check before a class."""
