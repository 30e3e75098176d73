"""Labels that carriers drew: PDF, pictures and printer commands, taken as data."""
