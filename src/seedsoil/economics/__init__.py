"""What each treatment buys, and at what price: quantities, costs, quality of life and decisions."""
