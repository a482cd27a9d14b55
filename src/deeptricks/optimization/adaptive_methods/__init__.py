"""A rate for every weight: Adagrad, RMSprop, Adam and AdamW."""
