"""What every subject uses: errors, small values, wall time, pages of a list, bounds."""
