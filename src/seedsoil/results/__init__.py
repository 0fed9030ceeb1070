"""What people ask of a simulated cohort."""
