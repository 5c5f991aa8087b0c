"""What watches: thresholds, rules and dashboards, and the program that generates the last two."""
