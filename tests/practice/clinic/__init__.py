"""Set-ups that are ill or healthy, to steer the checkup by."""
