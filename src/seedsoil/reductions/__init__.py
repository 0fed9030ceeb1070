"""Sums, counts and histograms of whole numbers: parts of a cohort add up in any order to the same bits."""
