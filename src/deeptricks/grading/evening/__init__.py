"""An evening of grading: submissions found, read, restored, run, judged and recorded."""
