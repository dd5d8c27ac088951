"""How well the warehouse knows that stories tell the same, and what that costs."""
