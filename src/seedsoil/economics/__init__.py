"""What treatment costs and what it buys: quantities, prices and decisions under uncertainty."""
