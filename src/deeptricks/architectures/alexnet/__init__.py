"""AlexNet in both of its forms, and AlexNet without some of its eight layers."""
