"""Steps for matrices as matrices: Muon, which moves a layer alike in every direction."""
