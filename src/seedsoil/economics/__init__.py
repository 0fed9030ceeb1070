"""Costs, QALYs and decisions: what each treatment buys, and at what price."""
