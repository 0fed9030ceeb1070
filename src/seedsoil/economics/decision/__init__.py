"""Decisions under uncertainty from draws of costs and effects, of any model."""
