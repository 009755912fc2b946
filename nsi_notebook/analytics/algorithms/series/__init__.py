"""What a series does along time: trends, changes, seasons, forecasts."""
