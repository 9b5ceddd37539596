"""Questions to managers about cases, as letters: what they tell, and how they are sent."""
