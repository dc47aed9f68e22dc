"""What ``series_…()`` functions compute: series as JSON texts in, numbers and JSON texts out.

=============  ======================================================
numbers        series between JSON and Python; what is no number
elements       an element at a time
statistics     one number, or a few, for a whole series
gaps           linear interpolation
bins           rows at the ends of an axis
filters        moving sums, recursive filters, Fourier transforms
lines          lines, two lines, polynomials
outliers       Tukey's fences
seasons        what comes again after so many elements
decomposition  season, trend and what remains
=============  ======================================================

numpy is imported by what needs it, when it is needed.
"""
