"""Metastatic disease under treatment, one file a mechanism: from the day it is found to death."""
