"""A rate for every weight: Adagrad, RMSprop, Adam, and Muon, which gives one to every direction."""
