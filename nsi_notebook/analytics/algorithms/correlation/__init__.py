"""What goes together: coefficients of pairs, and how sure they are."""
