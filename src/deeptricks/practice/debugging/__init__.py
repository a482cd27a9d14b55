"""What is wrong with a network: checks that measure, and the checkup that runs them all."""
