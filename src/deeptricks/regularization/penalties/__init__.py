"""What a network pays for: large weights, many weights, steep answers; and what it may not have."""
