"""What a measure is explained by: least squares that merge, odds, penalties, subjects."""
