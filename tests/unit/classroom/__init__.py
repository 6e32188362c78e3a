"""Tests of the class: questions, codes, its file, its server and its learners."""
