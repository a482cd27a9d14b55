"""What is done around a network: finding what is wrong with it, searching, transferring."""
